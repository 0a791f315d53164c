import type { PathResult } from '../../path/path.ts';
import type { Authority, Candidate, Client, Identity, Registry } from '../../registry/registry.ts';
import type { RevocationIndex } from '../../revocation/index.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { type Overlay, pathBlock } from '../overlay.ts';
import type { Reason } from '../reasons.ts';
import { onlyLapsed, pathWithin, pinnedPath, reasonOfFailure } from './certificate-path.ts';
import { notRevoked, onlyLacksLists, type RevocationVerdict, revocationOf } from './revocation.ts';

/** A certificate that belongs to exactly one client, and how long that stays true. */
export interface Identified {
  readonly client: Client;
  readonly identity: Identity;
  /** Absent when the certificate itself is registered. */
  readonly authority?: string;
  /** Epoch milliseconds, inclusive: when every certificate of the path is valid and every list about it current. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** When the CA of the path that ends first does; absent when the certificate itself is registered. */
  readonly authorityNotAfter?: number;
}

export interface Unidentified {
  /** At least one. */
  readonly reasons: readonly Reason[];
  /**
   * The client that the certificate provably is, although something else about the certificate is wrong: its issuer's
   * signature verifies, its name or key is registered under that authority, and only its own dates or purposes fail, or
   * the revocation lists are lacking.
   */
  readonly client?: Client;
  readonly authority?: string;
}

/** One way in which a certificate could have been a client. */
interface Attempt extends Checked {
  readonly candidate: Candidate;
  readonly authority?: Authority;
  /** By an identity or an authority that is there to be told apart from only. */
  readonly withdrawn: boolean;
}

/** Whose certificate this is. Never throws; costs a bounded number of signature checks. */
export function identify(
  leaf: Certificate,
  registry: Registry,
  now: number,
  overlay: Overlay,
  revocations?: RevocationIndex,
): Identified | Unidentified {
  return identifyBy({
    leaf,
    registry,
    now,
    check: (authority) => checkWithin(authority, { leaf, now, overlay, revocations }),
  });
}

/** The same, with what `check` says of a certificate within an authority: a plan asks about people whose certificates it lacks. */
export function identifyBy(question: Question): Identified | Unidentified {
  const all = attemptsOf(question);
  const attempts = all.filter(({ withdrawn }) => !withdrawn);
  const matched: Identified[] = [];
  for (const { candidate, authority, result, revocation } of attempts) {
    if (!result.ok || revocation.reasons.length > 0) continue;
    if (matched.some(({ client }) => client.name === candidate.client.name)) continue;
    matched.push({
      ...candidate,
      authority: authority?.name,
      validFrom: Math.max(revocation.validFrom, ...result.path.map(({ notBefore }) => notBefore)),
      validUntil: Math.min(revocation.validUntil, result.validUntil),
      authorityNotAfter: authority === undefined ? undefined : endOf(result.path.slice(1)),
    });
  }
  const [first, ...others] = matched;
  if (first === undefined) return explain(question, attempts);
  const withdrawn = all.length === attempts.length ? [] : withdrawnBeside(first.client, all);
  if (others.length === 0 && withdrawn.length === 0) return first;
  const parties = [...matched, ...withdrawn];
  const names = [...new Set(parties.map(({ client }) => client.name))];
  return {
    reasons: parties.map(({ client, authority }) => ({
      code: 'identity_ambiguous',
      client: client.name,
      authority,
      found: names.join(', '),
      expected: 'exactly one client',
      at: client.at,
    })),
  };
}

/** Other clients that the certificate was until they were taken away: to be told apart from, not to be let in as. */
function withdrawnBeside(
  own: Client,
  attempts: readonly Attempt[],
): readonly { readonly client: Client; readonly authority: string | undefined }[] {
  return attempts.flatMap(({ candidate: { client }, withdrawn, authority, result, revocation }) =>
    withdrawn && result.ok && revocation.reasons.length === 0 && client.name !== own.name
      ? [{ client, authority: authority?.name }]
      : [],
  );
}

function endOf(cas: readonly Certificate[]): number {
  return Math.min(...cas.map(({ notAfter }) => notAfter));
}

interface Question {
  readonly leaf: Certificate;
  readonly registry: Registry;
  readonly now: number;
  readonly check: (authority: Authority) => Checked;
}

export interface Checked {
  readonly result: PathResult;
  /** Of a valid path. */
  readonly revocation: RevocationVerdict;
}

function attemptsOf(question: Question): readonly Attempt[] {
  const { leaf, registry, now } = question;
  // A certificate may carry many names of one authority: its path is looked at once.
  const checked = new Map<Authority, Checked>();
  return registry.candidates(leaf).flatMap((candidate): Attempt[] => {
    const { identity } = candidate;
    const gone = identity.withdrawn === true;
    if (identity.kind === 'certificate') {
      return [{ candidate, result: pinnedPath(leaf, now), revocation: notRevoked, withdrawn: gone }];
    }
    const attempt = (authority: Authority, withdrawn: boolean): Attempt => {
      const own = checked.get(authority) ?? question.check(authority);
      checked.set(authority, own);
      return { candidate, authority, ...own, withdrawn };
    };
    return [
      ...authoritiesFor(identity, leaf, registry).map((authority) => attempt(authority, gone)),
      ...withdrawnAuthoritiesFor(identity, leaf, registry).map((authority) => attempt(authority, true)),
    ];
  });
}

function checkWithin(
  authority: Authority,
  {
    leaf,
    now,
    overlay,
    revocations,
  }: {
    readonly leaf: Certificate;
    readonly now: number;
    readonly overlay: Overlay;
    readonly revocations: RevocationIndex | undefined;
  },
): Checked {
  const result = pathWithin(authority, leaf, now);
  if (!result.ok) return { result, revocation: notRevoked };
  const revocation = revocationOf(result.path, authority, revocations, now);
  const blocked = pathBlock(result.path, overlay, now);
  if (blocked === undefined) return { result, revocation };
  const reason = { code: 'issuer_blocked', authority: authority.name, found: blocked } as const;
  return { result, revocation: { ...revocation, reasons: [reason, ...revocation.reasons] } };
}

function authoritiesFor(identity: Identity, leaf: Certificate, registry: Registry): readonly Authority[] {
  if (identity.kind === 'certificate') return [];
  if (identity.authority === undefined) return registry.authoritiesIssuing(leaf);
  const authority = registry.authorities.get(identity.authority);
  return authority === undefined ? [] : [authority];
}

function withdrawnAuthoritiesFor(identity: Identity, leaf: Certificate, registry: Registry): readonly Authority[] {
  if (registry.withdrawnAuthorities.size === 0 || identity.kind === 'certificate') return [];
  if (identity.authority === undefined) {
    return [...registry.withdrawnAuthorities.values()].filter(({ certificates }) =>
      certificates.some(({ subject }) => subject.key === leaf.issuer.key),
    );
  }
  const authority = registry.withdrawnAuthorities.get(identity.authority);
  return authority === undefined ? [] : [authority];
}

/** Everything that stands in the way, seen from each client it could have been and each authority that could have issued it. */
function explain(question: Question, attempts: readonly Attempt[]): Unidentified {
  const { leaf, registry, now } = question;
  const reasons: Reason[] = [];
  const issuing = registry.authoritiesIssuing(leaf);
  // a client may be known to one authority by subject and by SAN: that is one explanation
  const explained = new Set<string>();
  const explainOnce = (
    authority: Authority | undefined,
    client: Client | undefined,
    reasonsOf: () => readonly Reason[],
  ) => {
    const key = `${authority?.name} ${client?.name}`;
    if (explained.has(key)) return;
    explained.add(key);
    reasons.push(...reasonsOf());
  };
  const failed = ({ result, revocation }: Checked, authority?: Authority, client?: Client): readonly Reason[] =>
    result.ok
      ? revocation.reasons.map((reason) => ({ ...reason, client: client?.name }))
      : result.failures.map((failure) => reasonOfFailure(failure, leaf, authority?.name, client?.name));
  for (const attempt of attempts) {
    const { candidate, authority } = attempt;
    const { client } = candidate;
    const within = authority === undefined || issuing.includes(authority);
    explainOnce(authority, client, () =>
      within ? failed(attempt, authority, client) : [authorityDiffers(leaf, client, authority, issuing[0])],
    );
  }
  const tried = new Set(attempts.map(({ authority }) => authority));
  for (const authority of issuing) {
    if (!tried.has(authority)) reasons.push(...failed(question.check(authority), authority));
  }
  const known = registry.candidates(leaf).find(({ identity }) => identity.withdrawn === undefined);
  if (issuing.length === 0 && !tried.has(undefined)) {
    // a key that is registered without an authority has had no attempt: say at least whose it is
    const client = attempts.length === 0 ? known?.client.name : undefined;
    reasons.push(...failed({ result: pinnedPath(leaf, now), revocation: notRevoked }), {
      code: 'issuer_unknown',
      client,
      found: formatName(leaf.issuer),
    });
  }
  if (known === undefined)
    reasons.push({ code: 'identity_unknown', found: formatName(leaf.subject) || 'an empty subject' });
  return { reasons, ...provenClient(leaf, attempts) };
}

function authorityDiffers(leaf: Certificate, client: Client, expected: Authority, actual?: Authority): Reason {
  const found = formatName(leaf.issuer);
  return {
    code: 'authority_differs',
    client: client.name,
    authority: actual?.name,
    found,
    expected: expected.name,
    at: client.at,
  };
}

/** Two clients that the certificate could be are none. */
function provenClient(leaf: Certificate, attempts: readonly Attempt[]): Pick<Unidentified, 'client' | 'authority'> {
  const proven = attempts.filter(({ result, revocation }) =>
    result.ok ? onlyLacksLists(revocation) : onlyLapsed(result, leaf),
  );
  const [first] = proven;
  if (first === undefined) return {};
  const { client } = first.candidate;
  if (proven.some(({ candidate }) => candidate.client.name !== client.name)) return {};
  return { client, authority: first.authority?.name };
}
