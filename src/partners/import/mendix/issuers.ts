import { ProblemError } from '../../../core/problem.ts';
import type { Certificate } from '../../../core/x509/certificate.ts';
import type { Name } from '../../../core/x509/name.ts';
import { nameTextOf, parseNameText } from '../../../core/x509/name-text.ts';
import type { Note } from '../imported.ts';
import type { Restriction } from './restrictions.ts';

/** The CAs that sign the clients of this front, as `issuers` of its one authority; empty: every one that was uploaded. */
export interface Pinned {
  readonly issuers: readonly string[];
  /** Why a path that asks for these cannot be taken over; the list is one of a restriction. */
  against(issuers: Restriction['issuers']): string | undefined;
}

/**
 * A path may pin the issuer of its callers' certificates, a route of ours cannot: so all paths of one front have the
 * same issuers, those that every path lets in. Where there are none, the first path's count and the others stay out.
 */
export function pinnedIssuers(
  restrictions: ReadonlyMap<string, Restriction>,
  cas: readonly Certificate[],
  notes: Note[],
): Pinned {
  const read = new Map<Restriction['issuers'], ReadonlySet<string> | string>();
  for (const [path, { issuers }] of restrictions) {
    if (issuers.length === 0) continue;
    const keys = keysOf(issuers, cas, path, notes);
    read.set(issuers, keys.size === 0 ? 'no CA given with --ca is an issuer that it names' : keys);
  }
  const sets = [...read.values()].filter((keys) => typeof keys !== 'string');
  const common = [...(sets[0] ?? [])].filter((key) => sets.every((keys) => keys.has(key)));
  const chosen = common.length > 0 ? common : [...(sets[0] ?? [])];
  return {
    issuers: [
      ...new Set(cas.filter(({ subject }) => chosen.includes(subject.key)).map(({ subject }) => nameTextOf(subject))),
    ],
    against(issuers) {
      const keys = read.get(issuers);
      if (keys === undefined || typeof keys === 'string') return keys;
      if (chosen.every((key) => keys.has(key))) return undefined;
      return 'it pins other issuers than the paths before it: import those paths into a folder of their own';
    },
  };
}

/**
 * The template compares the printed issuer with these texts as regular expressions in which only space, dot and
 * apostrophe were escaped. A text that is one literally means the CA with that subject; any other means nobody knows whom.
 */
function keysOf(issuers: readonly string[], cas: readonly Certificate[], path: string, notes: Note[]): Set<string> {
  const keys = new Set<string>();
  for (const issuer of issuers) {
    const name = literalName(issuer);
    const ca = name === undefined ? undefined : cas.find(({ subject }) => subject.key === name.key);
    if (ca !== undefined) keys.add(ca.subject.key);
    else {
      const why =
        name === undefined ? 'is no one subject (it is compared as an expression)' : 'is no CA given with --ca';
      notes.push({ kind: 'left-out', text: `${path}: the issuer ${issuer} ${why}: its clients are not let in` });
    }
  }
  return keys;
}

function literalName(text: string): Name | undefined {
  if (/[\\^$*+?()[\]{}|"#]/.test(text)) return undefined;
  try {
    const name = parseNameText(text);
    return name.rdns.length > 0 ? name : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
