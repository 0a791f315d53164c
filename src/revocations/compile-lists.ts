import { refuse } from '../core/problem.ts';
import type { AuthorityFreshness } from '../core/release/revocations-document.ts';
import { type BelievedList, believe } from '../core/revocation/believe.ts';
import { compileRevocations } from '../core/revocation/compile.ts';
import { type IndexedList, openRevocations, type RevocationIndex } from '../core/revocation/index.ts';
import { issuerIdOf } from '../core/revocation/issuer-id.ts';
import { listsInFile } from '../core/revocation/list-file.ts';
import { vanishedFrom, vanishingBounds } from './vanished.ts';
import type { WantedAuthority } from './wanted.ts';

/** Bytes that may be lists: of one authority's address, or handed over for whichever authority believes them. */
export type GivenList =
  | { readonly authority?: string; readonly source: string; readonly body: Uint8Array }
  | { readonly authority?: string; readonly source: string; readonly failed: string };

/** What came of a list when it is not simply used. */
export interface ListNote {
  readonly authority?: string;
  readonly source?: string;
  readonly code: string;
  readonly detail: string;
}

export interface CompiledLists {
  readonly bytes: Uint8Array;
  readonly index: RevocationIndex;
  readonly notes: readonly ListNote[];
  readonly authorities: readonly AuthorityFreshness[];
}

/** Given lists, believed under each authority's own CAs, with those that are held; compared before anybody signs it. */
export function compileLists(
  wanted: readonly WantedAuthority[],
  held: RevocationIndex | undefined,
  {
    lists,
    forget = [],
    share = vanishingBounds.share,
  }: {
    readonly lists: readonly GivenList[];
    readonly forget?: readonly string[];
    readonly share?: number;
  },
  at: number,
): CompiledLists {
  const notes: ListNote[] = [];
  const believed = believedBy(wanted, lists, at, notes);
  const ids = forget.flatMap((each) => heldIdsOf(each, held));
  const compile = (kept: ReadonlySet<string>) => {
    const authorities = wanted.map(({ name, certificates, anchors }) => ({
      name,
      certificates,
      anchors,
      lists: kept.has(name) ? [] : (believed.get(name) ?? []),
    }));
    const compiled = compileRevocations({ authorities, held, forget: ids });
    return { ...compiled, index: openRevocations(compiled.bytes) };
  };
  let made = compile(new Set());
  const kept = new Set<string>();
  for (const authority of held === undefined ? [] : wanted) {
    const { name } = authority;
    const standing = new Set(
      made.unused.filter(({ code }) => code === 'list_signer_revoked').map(({ detail }) => detail),
    );
    const excused = (list: IndexedList) =>
      ids.some((id) => list.signatures.startsWith(id)) ||
      [...standing].some((detail) => detail.includes(`(${list.signatures.slice(0, 16)})`)) ||
      !isOurs(list, authority);
    const why = held === undefined ? undefined : vanishedFrom(held, made.index, name, excused, share);
    if (why === undefined) continue;
    kept.add(name);
    notes.push({ authority: name, code: 'revocations_vanish', detail: `${why}: what was held stays` });
  }
  if (kept.size > 0) made = compile(kept);
  for (const { authority, code, detail } of [...made.unused, ...made.odd]) notes.push({ authority, code, detail });
  return { bytes: made.bytes, index: made.index, notes, authorities: freshnessesOf(made.index) };
}

/** The lists that are held of an authority, or the one that an id names. */
function heldIdsOf(named: string, held: RevocationIndex | undefined): readonly string[] {
  const authorities = [...(held?.authorities.values() ?? [])];
  const all = authorities.flatMap(({ name, lists }) => lists.map(({ signatures }) => ({ name, signatures })));
  const isId = /^[0-9a-f]{16,64}$/.test(named);
  const found = all.filter(({ name, signatures }) => name === named || (isId && signatures.startsWith(named)));
  if (found.length > 0) return found.map(({ signatures }) => signatures);
  return refuse({
    code: 'list_not_held',
    message: 'no list of this authority, and none with this id, is held',
    found: named,
    allowed:
      all.map(({ name, signatures }) => `${signatures.slice(0, 16)} (${name})`).join(', ') || 'none: nothing is held',
    remedy: 'name the authority, or the list by the 16 hex digits that the job prints',
  });
}

/** A list of a CA that the authority no longer has is nobody's. */
function isOurs(list: IndexedList, { certificates }: WantedAuthority): boolean {
  const ids = new Set(certificates.map((ca) => issuerIdOf(ca)));
  return list.issuers.some((id) => ids.has(id));
}

function believedBy(
  wanted: readonly WantedAuthority[],
  lists: readonly GivenList[],
  at: number,
  notes: ListNote[],
): ReadonlyMap<string, readonly BelievedList[]> {
  const believed = new Map<string, BelievedList[]>();
  for (const list of lists) {
    const { authority, source } = list;
    if ('failed' in list) {
      notes.push({ authority, source, code: 'list_not_fetched', detail: list.failed });
      continue;
    }
    const found = listsInFile(list.body);
    if (found.length === 0)
      notes.push({ authority, source, code: 'list_malformed', detail: `${list.body.length} bytes without a list` });
    const asked = wanted.filter(({ name }) => authority === undefined || name === authority);
    for (const der of found) {
      const verdicts = asked.map((each) => ({ each, belief: believe(der, { ...each, at }) }));
      const taken = verdicts.flatMap(({ each, belief }) => {
        const one = belief.ok ? belief.believed : belief.lapsed;
        return one === undefined ? [] : [{ name: each.name, one }];
      });
      for (const { name, one } of taken) believed.set(name, [...(believed.get(name) ?? []), one]);
      const refused = verdicts.find(({ belief }) => !belief.ok);
      if (refused === undefined || refused.belief.ok) continue;
      // Handed over for whoever believes it: that all others do not is as it should be.
      if (taken.length > 0 && refused.belief.lapsed === undefined) continue;
      const { code, detail } = refused.belief;
      notes.push({
        authority: authority ?? (asked.length === 1 ? refused.each.name : undefined),
        source,
        code,
        detail,
      });
    }
  }
  return believed;
}

function freshnessesOf(index: RevocationIndex): readonly AuthorityFreshness[] {
  return [...index.authorities.values()].map(({ name, lists }) => {
    const ends = lists.flatMap(({ nextUpdate }) => (nextUpdate === undefined ? [] : [nextUpdate]));
    return { name, lists: lists.length, until: ends.length === 0 ? null : new Date(Math.min(...ends)).toISOString() };
  });
}
