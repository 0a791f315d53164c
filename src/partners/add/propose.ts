import { dayMilliseconds, isoDay } from '../../core/day.ts';
import { edgeAlgorithms } from '../../core/path/algorithm-policy.ts';
import { checkCertificate } from '../../core/path/certificate-checks.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { nameTextOf } from '../../core/x509/name-text.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { clientYaml } from '../truststore-files.ts';
import { knownAuthorityOf, newAuthority, publicSignerOf } from './authority.ts';
import { chainUp } from './chain-up.ts';
import { type Gap, letters, type Warning } from './gap.ts';
import { type IdentityKind, identityEntry, type Named } from './identity.ts';
import type { Material } from './material.ts';

export interface Wish {
  readonly client: string;
  /** Of a new authority, or which one a request is meant for. */
  readonly authority?: string;
  readonly identity?: IdentityKind;
  readonly withoutLists?: string;
  readonly allow: readonly string[];
  readonly addresses: readonly string[];
  readonly contact?: string;
  /** YYYY-MM-DD. */
  readonly validUntil?: string;
  /** The client is there already: this is one more identity of it. */
  readonly rotate: boolean;
}

export interface Proposal {
  /** New files only; the front has none of them. */
  readonly files: readonly { readonly file: string; readonly text: string }[];
  /** What goes under `identities` of the client, without the dash. */
  readonly identity?: string;
  readonly authority?: { readonly name: string; readonly isNew: boolean };
  /** The certificate that would connect. */
  readonly leaf?: Certificate;
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
}

const soonDays = 90;
/** API Gateway: CA certificates up to the root. */
const maximumCas = 4;

/** What to write so that the sender of this material is the client, and what is lacking for it. Pure; writes nothing. */
export function propose(material: Material, registry: Registry, wish: Wish, now: number): Proposal {
  const gaps: Gap[] = [];
  const warnings: Warning[] = [];
  const asked = (code: keyof typeof letters, text: string) => gaps.push({ code, who: 'partner', text });
  if (material.keys > 0) warnings.push({ code: 'key_sent', text: letters.key_sent() });
  for (const { file, finding } of material.unread) {
    warnings.push({
      code: finding.code,
      text: `${file}: ${finding.message}${finding.remedy ? `: ${finding.remedy}` : ''}`,
    });
  }
  const [leaf, ...others] = material.clients;
  if (leaf !== undefined && others.length > 0) {
    asked('several_clients', letters.several_clients(material.clients.map(({ subject }) => nameTextOf(subject))));
    return { files: [], gaps, warnings };
  }
  const [request] = material.requests;
  const named: Named | undefined =
    leaf ?? (request && { subject: request.subject, subjectAltName: request.extensions.subjectAltName });
  if (named === undefined) {
    gaps.push(nothingToGoBy(material));
    return { files: [], gaps, warnings };
  }
  if (leaf === undefined && request !== undefined) {
    if (!request.proven) asked('request_unproven', letters.request_unproven());
    warnings.push({
      code: 'request_only',
      text: `this is a request, no certificate: the identity is its subject, if the CA does not change it. Send it to your CA, or sign it with one of your own: sallyport ca sign FILE --client ${wish.client} --passphrase-file FILE`,
    });
  }
  if (leaf !== undefined) checkLeaf(leaf, now, asked, warnings);
  const files: { file: string; text: string }[] = [];
  const trust = trustFor(leaf, material, registry, wish);
  files.push(...trust.files);
  gaps.push(...trust.gaps);
  warnings.push(...trust.warnings, ...chainWarnings(trust.chain, now));
  const pinned = trust.pinned || wish.identity === 'certificate';
  const identity =
    pinned && leaf !== undefined
      ? `{ certificate: ${pinnedName(wish, registry)} }`
      : trust.authority && identityEntry(named, trust.authority.name, wish.identity, trust.isPublic);
  if (pinned && leaf !== undefined) {
    files.push({ file: `truststore/clients/${pinnedName(wish, registry)}`, text: pemFromDer(leaf.der) });
  } else if (trust.authority !== undefined && identity === undefined) {
    gaps.push({
      code: 'nothing_to_know_it_by',
      who: 'operator',
      text: `the certificate has no ${trust.isPublic || wish.identity === 'san' ? 'alternative name' : 'subject'} to know it by; register exactly this one: --identity certificate`,
    });
  }
  if (!wish.rotate && wish.allow.length === 0) {
    const routes = registry.routes.map(({ pattern }) => `--allow "${pattern.text}"`).slice(0, 12);
    gaps.push({
      code: 'allow_missing',
      who: 'operator',
      text: `say what the client may do; the front serves: ${routes.join('  ')}`,
    });
  }
  if (!wish.rotate && identity !== undefined && wish.allow.length > 0) {
    const { client: name, contact, allow, addresses, validUntil } = wish;
    const text = clientYaml({ name, contact, identities: [identity], allow, addresses, validUntil });
    files.push({ file: `truststore/clients/${name}.yaml`, text });
  }
  return { files, identity, authority: trust.authority, leaf, gaps, warnings };
}

/** No certificate of a client and no request: locked away, or not sent. */
function nothingToGoBy({ cas, unread }: Material): Gap {
  if (unread.some(({ finding }) => /password|locked/.test(finding.code))) {
    const text =
      'the file is locked: give its password with --password-file FILE, or ask the partner for the certificate alone, which needs none';
    return { code: 'locked', who: 'operator', text };
  }
  if (cas.length === 0) return { code: 'certificate_missing', who: 'partner', text: letters.certificate_missing() };
  const names = cas.map(({ subject }) => nameTextOf(subject));
  return { code: 'only_cas', who: 'partner', text: letters.only_cas(names) };
}

interface Trust {
  readonly authority?: { readonly name: string; readonly isNew: boolean };
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly chain: readonly Certificate[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
  readonly isPublic: boolean;
  /** It is self-signed: only exactly it can be registered. */
  readonly pinned: boolean;
}

const nothing = { files: [], chain: [], gaps: [], warnings: [], isPublic: false, pinned: false } as const;

/** Who vouches for the certificate: an authority of the front, a new one, or nobody but itself. */
function trustFor(leaf: Certificate | undefined, material: Material, registry: Registry, wish: Wish): Trust {
  if (leaf === undefined) return trustForRequest(registry, wish);
  if (leaf.selfIssued) return { ...nothing, pinned: true };
  const known = knownAuthorityOf(leaf, registry);
  if (known !== undefined) {
    const chain = registry.authorities.get(known.name)?.certificates ?? [];
    const isPublic = publicSignerOf(chain) !== undefined;
    const authority = { name: known.name, isNew: false };
    if (known.maySign) return { ...nothing, authority, isPublic };
    const text = `${nameTextOf(leaf.issuer)} is in authority ${known.name}, but may not sign clients there. If it may, name it under \`issuers\` in truststore/authorities/${known.name}.yaml; every certificate that it signs under a registered name is that client from then on`;
    return { ...nothing, isPublic, gaps: [{ code: 'issuer_not_allowed', who: 'operator', text }] };
  }
  const { cas: chain, gap } = chainUp(leaf, material.cas);
  if (gap !== undefined) return { ...nothing, chain, gaps: [gap] };
  const made = newAuthority({ chain, leaf, name: wish.authority, withoutLists: wish.withoutLists }, registry);
  const organisation = publicSignerOf(chain);
  const warnings: Warning[] =
    organisation === undefined
      ? []
      : [
          {
            code: 'public_ca',
            text: `${organisation} runs public CAs, which stop signing for client authentication (the last by 2027-03-15): the next renewal may not work. Ask the partner for a certificate from a private CA`,
          },
        ];
  if (wish.withoutLists === undefined && made.files.length > 0) {
    warnings.push({
      code: 'lists_not_on_aws',
      text: 'revocation lists are read by `sallyport dev` and `why` so far; a release with lists is refused for AWS, where nothing fetches them yet. --without-lists "why" is the choice to go without',
    });
  }
  const isPublic = organisation !== undefined;
  return { ...nothing, ...made, chain, warnings, isPublic, authority: { name: made.name, isNew: true } };
}

function trustForRequest(registry: Registry, { authority }: Wish): Trust {
  if (authority !== undefined && registry.authorities.has(authority)) {
    return { ...nothing, authority: { name: authority, isNew: false } };
  }
  const names = [...registry.authorities.keys()].join(', ');
  const text = `a request does not say who will sign it: --authority NAME (the front has: ${names || 'none; sallyport ca init NAME makes one'})`;
  return { ...nothing, gaps: [{ code: 'authority_missing', who: 'operator', text }] };
}

function pinnedName({ client, rotate }: Wish, registry: Registry): string {
  const count = registry.clients.get(client)?.identities.filter(({ kind }) => kind === 'certificate').length ?? 0;
  return rotate && count > 0 ? `${client}-${count + 1}.pem` : `${client}.pem`;
}

function checkLeaf(
  leaf: Certificate,
  now: number,
  asked: (code: keyof typeof letters, text: string) => void,
  warnings: Warning[],
): void {
  const name = nameTextOf(leaf.subject);
  const request = { at: now, purpose: 'clientAuth', algorithms: edgeAlgorithms, leafMayBeCa: false } as const;
  for (const { code, detail } of checkCertificate(leaf, 'leaf', request)) {
    if (code === 'extended_key_usage') asked('not_for_clients', letters.not_for_clients(name));
    else if (code === 'expired') asked('expired', letters.expired(name, isoDay(leaf.notAfter)));
    else if (code === 'not_yet_valid') warnings.push({ code, text: `${name}: ${detail}` });
    else asked('weak', letters.weak(name, detail));
  }
  const left = Math.floor((leaf.notAfter - now) / dayMilliseconds);
  if (left >= 0 && left < soonDays) {
    warnings.push({
      code: 'expires_soon',
      text: `${name} ends on ${isoDay(leaf.notAfter)}, in ${left} days. With the same name from the same CA nothing changes here at renewal`,
    });
  }
}

function chainWarnings(chain: readonly Certificate[], now: number): readonly Warning[] {
  const warnings: Warning[] = [];
  if (chain.length > maximumCas) {
    warnings.push({
      code: 'chain_too_long',
      text: `${chain.length} CAs up to the root: API Gateway takes at most ${maximumCas}, and would refuse every certificate below`,
    });
  }
  for (const ca of chain) {
    const left = Math.floor((ca.notAfter - now) / dayMilliseconds);
    const name = nameTextOf(ca.subject);
    if (left < 0)
      warnings.push({
        code: 'ca_expired',
        text: `${name} expired on ${isoDay(ca.notAfter)}: ask for its current certificate`,
      });
    else if (left < soonDays) {
      warnings.push({
        code: 'ca_expires_soon',
        text: `${name} ends on ${isoDay(ca.notAfter)}, in ${left} days: every client below it stops then. Ask for its successor now`,
      });
    }
  }
  return warnings;
}
