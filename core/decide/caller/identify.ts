import type { PathResult } from '../../path/path.ts';
import type { Authority, Candidate, Client, Identity, Registry } from '../../registry/registry.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { Reason } from '../reasons.ts';
import { onlyLapsed, pathWithin, pinnedPath, reasonOfFailure } from './certificate-path.ts';

/** A certificate that belongs to exactly one client, and how long that stays true. */
export interface Identified {
  readonly client: Client;
  readonly identity: Identity;
  /** Absent when the certificate itself is registered. */
  readonly authority?: string;
  readonly certificate: Certificate;
  /** Epoch milliseconds, inclusive: when every certificate of the path is valid. */
  readonly validFrom: number;
  readonly validUntil: number;
}

export interface Unidentified {
  /** At least one. */
  readonly reasons: readonly Reason[];
  /**
   * The client that the certificate provably is, although something else about the certificate is wrong: its issuer's
   * signature verifies, its name or key is registered under that authority, and only its own dates or purposes fail.
   */
  readonly client?: Client;
  readonly authority?: string;
}

/** One way in which a certificate could have been a client. */
interface Attempt {
  readonly candidate: Candidate;
  readonly authority?: Authority;
  readonly result: PathResult;
}

/** Whose certificate this is. Never throws; costs a bounded number of signature checks. */
export function identify(leaf: Certificate, registry: Registry, now: number): Identified | Unidentified {
  const attempts = attemptsOf(leaf, registry, now);
  const matched: Identified[] = [];
  for (const { candidate, authority, result } of attempts) {
    if (!result.ok || matched.some(({ client }) => client.name === candidate.client.name)) continue;
    matched.push({
      ...candidate,
      authority: authority?.name,
      certificate: leaf,
      validFrom: Math.max(...result.path.map(({ notBefore }) => notBefore)),
      validUntil: result.validUntil,
    });
  }
  const [first, ...others] = matched;
  if (first === undefined) return explain(leaf, registry, now, attempts);
  if (others.length === 0) return first;
  const names = matched.map(({ client }) => client.name);
  return {
    reasons: matched.map(({ client, authority }) => ({
      code: 'identity_ambiguous',
      client: client.name,
      authority,
      found: names.join(', '),
      expected: 'exactly one client',
      at: client.at,
    })),
  };
}

function attemptsOf(leaf: Certificate, registry: Registry, now: number): readonly Attempt[] {
  // A certificate may carry many names of one authority: its path is looked at once.
  const results = new Map<Authority, PathResult>();
  return registry.candidates(leaf).flatMap((candidate): Attempt[] => {
    if (candidate.identity.kind === 'certificate') return [{ candidate, result: pinnedPath(leaf, now) }];
    return authoritiesFor(candidate.identity, leaf, registry).map((authority) => {
      const result = results.get(authority) ?? pathWithin(authority, leaf, now);
      results.set(authority, result);
      return { candidate, authority, result };
    });
  });
}

function authoritiesFor(identity: Identity, leaf: Certificate, registry: Registry): readonly Authority[] {
  if (identity.kind === 'certificate') return [];
  if (identity.authority === undefined) return registry.authoritiesIssuing(leaf);
  const authority = registry.authorities.get(identity.authority);
  return authority === undefined ? [] : [authority];
}

/** Everything that stands in the way, seen from each client it could have been and each authority that could have issued it. */
function explain(leaf: Certificate, registry: Registry, now: number, attempts: readonly Attempt[]): Unidentified {
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
  const failed = (result: PathResult, authority?: Authority, client?: Client): readonly Reason[] =>
    result.ok ? [] : result.failures.map((failure) => reasonOfFailure(failure, leaf, authority?.name, client?.name));
  for (const { candidate, authority, result } of attempts) {
    const { client } = candidate;
    const within = authority === undefined || issuing.includes(authority);
    explainOnce(authority, client, () =>
      within ? failed(result, authority, client) : [authorityDiffers(leaf, client, authority, issuing[0])],
    );
  }
  const tried = new Set(attempts.map(({ authority }) => authority));
  for (const authority of issuing) {
    if (!tried.has(authority)) reasons.push(...failed(pathWithin(authority, leaf, now), authority));
  }
  const [known] = registry.candidates(leaf);
  if (issuing.length === 0 && !tried.has(undefined)) {
    // a key that is registered without an authority has had no attempt: say at least whose it is
    const client = attempts.length === 0 ? known?.client.name : undefined;
    reasons.push(...failed(pinnedPath(leaf, now)), { code: 'issuer_unknown', client, found: formatName(leaf.issuer) });
  }
  if (known === undefined) reasons.push({ code: 'identity_unknown', found: formatName(leaf.subject) });
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
  const proven = attempts.filter(({ result }) => onlyLapsed(result, leaf));
  const [first] = proven;
  if (first === undefined) return {};
  const { client } = first.candidate;
  if (proven.some(({ candidate }) => candidate.client.name !== client.name)) return {};
  return { client, authority: first.authority?.name };
}
