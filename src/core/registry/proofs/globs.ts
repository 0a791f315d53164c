import { parseNameText } from '../../x509/name-text.ts';
import { attributeNameOf } from '../../x509/oid.ts';
import type { IdentityDocument } from '../document.ts';
import { GlobIndex } from '../globs/glob-index.ts';
import { type CutName, cutNamesOf, cutSan, cutSubject } from '../globs/name-glob.ts';
import { commonSegment } from '../globs/segment.ts';
import type { Report } from '../pem-source.ts';
import type { AuthorityGroups } from './authority-groups.ts';
import { type OwnedIdentity, reportRivals } from './rivals.ts';

interface GlobClaim {
  readonly owner: OwnedIdentity;
  readonly cut: CutName;
  readonly group: number | undefined;
  readonly starred: ReadonlySet<number>;
}

/** Pairs of globs that are compared character by character; beyond them nothing is proven, and that closes. */
const maximumPairs = 200_000;
/** One mistake in a generated registry makes thousands of pairs: these show it. */
const maximumReports = 50;

/** No name matches the globs of two clients, and no registered name or certificate of one matches a glob of another. */
export function proveGlobs(owned: readonly OwnedIdentity[], groups: AuthorityGroups, report: Report): void {
  const claims = owned.flatMap((owner) => claimOf(owner, groups));
  if (claims.length === 0) return;
  const rivals = new Rivals(groups, report);
  const index = new GlobIndex<GlobClaim>();
  for (const claim of claims) index.add(claim.cut, claim);
  for (const owner of owned) {
    for (const { name, group } of exactNames(owner, groups)) {
      for (const claim of index.find(name)) {
        if (claim.group === group) rivals.add(owner, claim, name);
      }
    }
  }
  const bySpace = Map.groupBy(claims, ({ cut, group }) => `${group} ${cut.space}`);
  const budget = { pairs: maximumPairs };
  for (const same of bySpace.values()) {
    const shapes = [...Map.groupBy(same, ({ starred }) => [...starred].join(',')).values()];
    shapes.forEach((shape, at) => {
      for (const other of shapes.slice(at)) overlaps(shape, other, budget, rivals);
    });
  }
  if (budget.pairs >= 0) return;
  report({
    code: 'globs_unproven',
    message:
      'there are too many globs with their stars in different places to prove that no certificate is two clients',
    place: claims[0]?.owner.place,
    found: `${claims.length} globs, over ${maximumPairs} pairs that may overlap`,
    allowed: 'globs whose written-out parts tell them apart',
    remedy: 'write the part that tells partners apart without a star, in the same place for all of them',
  });
}

function claimOf(owner: OwnedIdentity, groups: AuthorityGroups): readonly GlobClaim[] {
  const { identity } = owner;
  if (identity.kind !== 'subject-glob' && identity.kind !== 'san-glob') return [];
  const cut =
    identity.kind === 'san-glob'
      ? cutSan(identity.san.kind, identity.san.value)
      : { space: identity.space, segments: identity.segments };
  const starred = new Set(cut.segments.flatMap((segment, index) => (segment.includes('*') ? [index] : [])));
  return [{ owner, cut, group: groups.of(identity.authority), starred }];
}

interface ExactName {
  readonly name: CutName;
  readonly group: number | undefined;
}

function exactNames({ identity, certificate }: OwnedIdentity, groups: AuthorityGroups): readonly ExactName[] {
  if (certificate !== undefined) {
    const issuing = groups.issuing(certificate);
    return cutNamesOf(certificate).flatMap((name) => [...issuing].map((group) => ({ name, group })));
  }
  const name = exactName(identity);
  return name === undefined
    ? []
    : [{ name, group: groups.of('authority' in identity ? identity.authority : undefined) }];
}

function exactName(identity: IdentityDocument): CutName | undefined {
  if (identity.kind === 'subject') return cutSubject(parseNameText(`rfc4514:${identity.subject}`));
  if (identity.kind !== 'san' || identity.san.kind === 'ip') return undefined;
  return cutSan(identity.san.kind, identity.san.value);
}

/**
 * Pairs of two lists of globs with a common name. Only those are compared that agree in every segment that both write
 * out, and as far as both write out one beginning or end of a segment in which either has a star.
 */
function overlaps(
  left: readonly GlobClaim[],
  right: readonly GlobClaim[],
  budget: { pairs: number },
  rivals: Rivals,
): void {
  const [a, b] = [left[0]?.starred, right[0]?.starred];
  if (a === undefined || b === undefined) return;
  const { at, edgeOf } = tellingEdge(right, new Set([...a, ...b]));
  const lengths = new Set(right.map(({ cut }) => edgeOf(cut, at).length));
  const fixed = (cut: CutName): string =>
    cut.segments.filter((_, index) => !a.has(index) && !b.has(index)).join('\u0000');
  // by what is written out, and by each prefix: a glob meets those whose prefix begins its own, or continues it
  const byPrefix = new Map<string, GlobClaim[]>();
  const beginnings = new Map<string, GlobClaim[]>();
  for (const claim of right) {
    const [key, prefix] = [fixed(claim.cut), edgeOf(claim.cut, at)];
    push(byPrefix, `${key}\u0001${prefix}`, claim);
    for (let length = 0; length < prefix.length; length += 1) {
      push(beginnings, `${key}\u0001${prefix.slice(0, length)}`, claim);
    }
  }
  for (const claim of left) {
    const [key, prefix] = [fixed(claim.cut), edgeOf(claim.cut, at)];
    const near = [...(beginnings.get(`${key}\u0001${prefix}`) ?? [])];
    for (const length of lengths) {
      if (length <= prefix.length) near.push(...(byPrefix.get(`${key}\u0001${prefix.slice(0, length)}`) ?? []));
    }
    for (const other of near) {
      if (other.owner === claim.owner || other.owner.client === claim.owner.client) continue;
      budget.pairs -= 1;
      if (budget.pairs < 0 || rivals.full) return;
      const common = commonName(claim.cut, other.cut);
      if (common !== undefined) rivals.add(claim.owner, other, common);
    }
  }
}

type EdgeOf = (cut: CutName, at: number) => string;

/** The beginning or end of a segment with a star that tells most of them apart. */
function tellingEdge(claims: readonly GlobClaim[], starred: ReadonlySet<number>): { at: number; edgeOf: EdgeOf } {
  let best: { at: number; edgeOf: EdgeOf; kinds: number } = { at: 0, edgeOf: prefixOf, kinds: 0 };
  for (const at of starred) {
    for (const edgeOf of [prefixOf, suffixOf]) {
      const kinds = new Set(claims.map(({ cut }) => edgeOf(cut, at))).size;
      if (kinds > best.kinds) best = { at, edgeOf, kinds };
    }
  }
  return best;
}

function prefixOf({ segments }: CutName, at: number): string {
  const segment = segments[at] ?? '';
  const star = segment.indexOf('*');
  return star < 0 ? segment : segment.slice(0, star);
}

/** From its end backwards, so that a shorter one is a beginning of a longer one. */
function suffixOf({ segments }: CutName, at: number): string {
  const segment = segments[at] ?? '';
  return Array.from(segment.slice(segment.lastIndexOf('*') + 1))
    .reverse()
    .join('');
}

function push(map: Map<string, GlobClaim[]>, key: string, claim: GlobClaim): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [claim]);
  else known.push(claim);
}

function commonName(a: CutName, b: CutName): CutName | undefined {
  const segments: string[] = [];
  for (const [index, segment] of a.segments.entries()) {
    const common = commonSegment(segment, b.segments[index] ?? '');
    if (common === undefined) return undefined;
    segments.push(common);
  }
  return { space: a.space, segments };
}

/** Each pair of clients once. */
class Rivals {
  readonly #groups: AuthorityGroups;
  readonly #report: Report;
  readonly #seen = new Set<string>();

  constructor(groups: AuthorityGroups, report: Report) {
    this.#groups = groups;
    this.#report = report;
  }

  get full(): boolean {
    return this.#seen.size >= maximumReports;
  }

  add(owner: OwnedIdentity, claim: GlobClaim, name: CutName): void {
    const { owner: rival, group } = claim;
    const pair = [owner.client, rival.client].sort().join(' ');
    if (owner.client === rival.client || this.full || this.#seen.has(pair)) return;
    this.#seen.add(pair);
    const example = `a certificate with ${nameText(name)}, signed by ${this.#groups.signerOf(group)}`;
    reportRivals(owner, rival, example, this.#report);
  }
}

/** `dns a.b.example` or `subject CN=orders-x,O=acme`. */
function nameText({ space, segments }: CutName): string {
  const [kind = '', rest = ''] = space.split(' ');
  if (kind === 'dns') return `dns ${segments.join('.')}`;
  if (kind === 'email') return `email ${segments.join('')}@${rest}`;
  if (kind === 'uri') return `uri ${rest}/${segments.join('/')}`;
  const types = rest.split(',');
  const parts = segments.map((segment, index) => {
    const type = types[index]?.replace('#', '') ?? '';
    return `${attributeNameOf(type) ?? type}=${segment}`;
  });
  return `subject ${parts.toReversed().join(',')}`;
}
