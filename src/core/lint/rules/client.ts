import { dayMilliseconds } from '../../day.ts';
import { NameCheckBudget, NameConstraintState } from '../../path/name-constraints.ts';
import { Subtrees } from '../../path/subtrees.ts';
import type { IdentitySource } from '../../registry/source.ts';
import { parseAddress } from '../../request/address.ts';
import type { Certificate, GeneralName } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { oid } from '../../x509/oid.ts';
import type { LintBundle, LintClient } from '../front.ts';
import { type ClientRule, counted, type Detail, daysUntil, type LintContext, nothing } from '../rule.ts';

type NamedIdentity = Exclude<IdentitySource, { kind: 'certificate' }>;
type SanIdentity = Extract<IdentitySource, { kind: 'san' }>;

const lastMillisecondOfDay = dayMilliseconds - 1;
const endOf = (date: string): number => Date.parse(`${date}T00:00:00.000Z`) + lastMillisecondOfDay;

function bundleOfIdentity(identity: NamedIdentity, { front }: LintContext): LintBundle | undefined {
  return front.bundles.find(({ authority }) => authority === identity.authority?.value);
}

function pathsOf({ chains, issuers }: LintBundle): readonly (readonly Certificate[])[] {
  return issuers.flatMap((issuer) => chains.pathsUp(issuer));
}

const isConstrained = (path: readonly Certificate[]): boolean => path.some((ca) => ca.nameConstraints !== undefined);

/** The CA whose name constraints (RFC 5280 §4.2.1.10) exclude the name on this path. */
function excluder(name: GeneralName, path: readonly Certificate[]): Certificate | undefined {
  return path.find(({ nameConstraints }) => {
    if (nameConstraints === undefined) return false;
    const [permitted, excluded] = [nameConstraints.permitted, nameConstraints.excluded].map(
      (subtrees) => new Subtrees(subtrees ?? []),
    );
    return (
      (permitted !== undefined && permitted.count(name.kind) > 0 && !permitted.within(name, 'permitted')) ||
      excluded?.within(name, 'excluded') === true
    );
  });
}

/** Only when no path is left on which the name may stand. */
function excludedEverywhere(name: GeneralName, paths: readonly (readonly Certificate[])[]): Certificate | undefined {
  const excluders = paths.map((path) => excluder(name, path));
  return excluders.includes(undefined) ? undefined : excluders[0];
}

function generalNameOf({ kind, value }: SanIdentity['san']): GeneralName | undefined {
  if (kind !== 'ip') return { kind, value };
  const octets = parseAddress(value);
  return octets === undefined ? undefined : { kind: 'ip', value: octets, text: value };
}

function identitiesOf<Kind extends NamedIdentity['kind']>({ source }: LintClient, kind: Kind) {
  return source.identities.filter(
    (identity): identity is Extract<NamedIdentity, { kind: Kind }> => identity.kind === kind,
  );
}

function hasConstrainedAuthority(identities: readonly NamedIdentity[], context: LintContext): boolean {
  return identities.some((identity) => {
    const bundle = bundleOfIdentity(identity, context);
    return bundle !== undefined && pathsOf(bundle).some(isConstrained);
  });
}

function excludedDetails(
  identities: readonly NamedIdentity[],
  nameOf: (identity: NamedIdentity) => GeneralName | undefined,
  context: LintContext,
): readonly Detail[] {
  return identities.flatMap((identity) => {
    const bundle = bundleOfIdentity(identity, context);
    const name = nameOf(identity);
    if (bundle === undefined || name === undefined) return nothing;
    const by = excludedEverywhere(name, pathsOf(bundle));
    if (by === undefined) return nothing;
    const text =
      name.kind === 'directory'
        ? formatName(name.name)
        : 'value' in name
          ? `${name.kind} ${String(name.kind === 'ip' ? name.text : name.value)}`
          : name.kind;
    return [{ place: identity.place, found: `${text}, excluded by ${formatName(by.subject)}` }];
  });
}

/** An exactly registered certificate that its own authority may not issue. */
function pinnedExcluded({ pinned }: LintClient, { front }: LintContext): readonly Detail[] {
  return pinned.flatMap(({ certificate, place }) => {
    const paths = front.bundles.flatMap(({ chains }) =>
      chains.named(certificate.issuer.key).flatMap((issuer) => chains.pathsUp(issuer)),
    );
    const problems = paths.map((path) => {
      const state = new NameConstraintState(new NameCheckBudget());
      for (const ca of path.toReversed()) state.add(ca);
      return state.problemOf(certificate);
    });
    const [first] = problems;
    return first === undefined || problems.includes(undefined) ? nothing : [{ place, found: first }];
  });
}

export const clientRules: readonly ClientRule[] = [
  {
    code: 'name_constraints_exclude_client',
    severity: 'error',
    title: 'name constraints of the CAs exclude a registered client',
    why: 'Path validation refuses a certificate with this name whichever CA of the authority signs it, so the client can never come in.',
    remedy: 'correct the subject, or ask the authority for an issuing CA that may sign this name',
    citation: 'RFC 5280 §4.2.1.10, §6.1.4 (g)',
    applies: (client, context) =>
      hasConstrainedAuthority(identitiesOf(client, 'subject'), context) || client.pinned.length > 0,
    check: (client, context) => [
      ...excludedDetails(
        identitiesOf(client, 'subject'),
        (identity) => (identity.kind === 'subject' ? { kind: 'directory', name: identity.subject } : undefined),
        context,
      ),
      ...pinnedExcluded(client, context),
    ],
  },
  {
    code: 'san_not_issuable',
    severity: 'error',
    title: 'no issuer of the authority may issue the registered alternative name',
    why: 'Name constraints on every chain of the authority exclude it, so no certificate with it is ever valid.',
    remedy: 'correct the name, or name the authority whose CA may issue it',
    citation: 'RFC 5280 §4.2.1.10, §6.1.3 (b), (c)',
    applies: (client, context) => hasConstrainedAuthority(identitiesOf(client, 'san'), context),
    check: (client, context) =>
      excludedDetails(
        identitiesOf(client, 'san'),
        (identity) => (identity.kind === 'san' ? generalNameOf(identity.san) : undefined),
        context,
      ),
  },
  {
    code: 'pinned_not_for_clients',
    severity: 'error',
    title: 'an exactly registered certificate may not be used by a client',
    why: 'Its extended key usage leaves out clientAuth, so the decision refuses it; public CAs issue only such certificates now.',
    remedy: 'ask the partner for a certificate with clientAuth in its extended key usage',
    citation: 'RFC 5280 §4.2.1.12',
    applies: ({ pinned }) => pinned.some(({ certificate }) => certificate.extendedKeyUsage !== undefined),
    check: ({ pinned }) =>
      pinned
        .filter(({ certificate: { extendedKeyUsage: purposes } }) => {
          return (
            purposes !== undefined && !purposes.includes(oid.clientAuth) && !purposes.includes(oid.anyExtendedKeyUsage)
          );
        })
        .map(({ certificate, place }) => ({
          place,
          found: `${formatName(certificate.subject)}: extendedKeyUsage ${certificate.extendedKeyUsage?.join(', ')}`,
        })),
  },
  {
    code: 'addresses_everywhere',
    severity: 'warning',
    title: 'the addresses of a client are every address there is',
    why: 'It reads like a condition and is none; beside a rule for everything it is the widest client there can be.',
    remedy: 'write the ranges that the partner calls from, or leave `addresses` out',
    citation: 'docs/identities.md',
    applies: ({ source }) => source.addresses !== undefined || source.require !== undefined,
    check: ({ source }) => {
      const asked = (source.require ?? []).flatMap(({ any }) => any);
      const ranges = [
        ...(source.addresses ?? []),
        ...asked.flatMap((condition) => ('addresses' in condition ? condition.addresses : [])),
      ];
      const whole = source.allow.find(({ value }) => value.text.endsWith(' /**'));
      return ranges
        .filter(({ value }) => value.text.endsWith('/0'))
        .map(({ value, place }) => ({
          place,
          found: `${value.text}${whole === undefined ? '' : `, beside ${whole.value.text}`}`,
        }));
    },
  },
  {
    code: 'client_ended',
    severity: 'warning',
    title: 'the last day of a client has passed',
    why: 'It is refused on every request; its file only says that it was here once.',
    remedy: 'remove the file of the client, or write its new last day',
    citation: 'docs/reasons.md, client_no_longer_valid',
    applies: ({ source }) => source.validUntil !== undefined,
    check: ({ source }, { now }) => {
      const { validUntil } = source;
      return validUntil !== undefined && endOf(validUntil.value) < now
        ? [{ place: validUntil.place, found: `${source.name} until ${validUntil.value}` }]
        : nothing;
    },
  },
  {
    code: 'client_ending',
    severity: 'warning',
    title: 'the last day of a client is near',
    why: 'After it every request of the client is refused, whatever its certificate says.',
    remedy: 'if the contract goes on, write its new last day; else tell the partner',
    citation: 'docs/reasons.md, client_no_longer_valid',
    applies: ({ source }) => source.validUntil !== undefined,
    check: ({ source }, context) => {
      const { validUntil } = source;
      if (validUntil === undefined || endOf(validUntil.value) < context.now) return nothing;
      const days = daysUntil(endOf(validUntil.value), context);
      if (days >= context.expiringDays) return nothing;
      return [
        { place: validUntil.place, found: `${source.name} until ${validUntil.value}, ${counted(days, 'day')} more` },
      ];
    },
  },
];
