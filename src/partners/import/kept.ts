import { covers } from '../../core/request/pattern.ts';
import type { Note } from './imported.ts';
import {
  anyone,
  hasAddressesOf,
  hasMethodsOf,
  isBareOf,
  isSaidWhole,
  isSameWay,
  meets,
  type Part,
  type Principal,
  patternOf,
} from './part.ts';

export interface Kept {
  /** Those that become a route, the more specific of two with one pattern. */
  readonly parts: readonly Part[];
  /** Patterns of `among` that a principal may be allowed: nobody else's part lies within one of them. */
  allowOf(principal: Principal, among?: readonly Part[]): readonly string[];
  readonly notes: readonly Note[];
}

/** Whether the source may choose `other` for a request that both have. */
export type MayWin = (other: Part, own: Part) => boolean;

/**
 * The one rule of every importer: a part is taken over for somebody only when everything that the source might choose
 * within its pattern lets the same requests of theirs through, to where they go here. A pattern of ours cannot leave a
 * path out, so what contains a part that is stricter, answers itself or cannot be said is left out as well.
 */
export function keptParts(parts: readonly Part[], mayWin: MayWin): Kept {
  const principals = new Set([anyone, ...parts.flatMap(({ admits }) => [...admits])]);
  const asked = new Map<Principal, Map<Part, string | undefined>>();
  const whyNot = (part: Part, principal: Principal): string | undefined => {
    const known = asked.get(principal) ?? new Map<Part, string | undefined>();
    asked.set(principal, known);
    if (known.has(part)) return known.get(part);
    known.set(part, 'it contains itself'); // while it is asked: whoever comes round again is no reason to keep it
    const why = ownReason(part, principal) ?? reasonWithin(part, principal);
    known.set(part, why);
    return why;
  };
  const reasonWithin = (part: Part, principal: Principal): string | undefined => {
    for (const other of parts) {
      if (other === part) continue;
      const bare = isBareOf(other.region, part.region);
      if (!bare && !(meets(other.region, part.region) && mayWin(other, part))) continue;
      if (!bare && other.region.kind === 'prefix' && part.region.text.startsWith(other.region.text)) {
        return `${other.what} has all of its paths and is chosen for them`;
      }
      const why = stricter(other, part, principal) ?? strays(other, part, bare) ?? inner(other, principal, bare);
      if (why !== undefined) return `it contains ${other.what}, which ${why}: allow the other paths of it by name`;
    }
    return undefined;
  };
  const inner = (other: Part, principal: Principal, bare: boolean) =>
    bare || whyNot(other, principal) === undefined ? undefined : 'was not taken over';

  const usable = parts.filter((part) => [...principals].some((principal) => whyNot(part, principal) === undefined));
  const notes = parts
    .filter((part) => !usable.includes(part))
    .map(({ what, place, ...part }): Note => {
      const own = parts.find((one) => one.what === what && one.place === place);
      const [principal = anyone] = part.admits;
      const why = (own && whyNot(own, principal)) ?? 'nobody could call it';
      return { kind: 'left-out', text: `${what} was not taken over: ${why}`, place };
    });
  return {
    parts: onePerPattern(usable),
    notes,
    allowOf: (principal, among = usable) => allowOf(among.filter((part) => whyNot(part, principal) === undefined)),
  };
}

/** What stands against the part by itself. */
function ownReason(part: Part, principal: Principal): string | undefined {
  if (part.left !== undefined) return part.left;
  if (part.forward === undefined) return 'it forwards nothing';
  if (part.addresses?.length === 0) return 'it lets no address in';
  if (patternOf(part) === undefined) return 'it is no pattern: write the paths that it means under routes and allow';
  return part.admits.has(principal) ? undefined : 'it lets only others in';
}

/** What `other` asks more of the principal's requests than `part` does. */
function stricter(other: Part, part: Part, principal: Principal): string | undefined {
  if (other.left !== undefined) return 'was not taken over';
  if (other.forward === undefined) return 'answers itself';
  if (!other.admits.has(principal)) return 'lets fewer clients in';
  if (!hasMethodsOf(other.methods, part.methods)) return 'lets fewer methods through';
  return undefined;
}

/** Whether requests of `other` would go by the route of `part` although they did not go the same way. */
function strays(other: Part, part: Part, bare: boolean): string | undefined {
  if (!bare && isSaidWhole(other.region)) return undefined;
  const { forward } = other;
  const same = forward !== undefined && part.forward !== undefined && isSameWay(forward, part.forward);
  if (!same) return 'goes elsewhere with paths that no pattern has';
  return hasAddressesOf(other.addresses, part.addresses) ? undefined : 'lets fewer addresses in';
}

function onePerPattern(parts: readonly Part[]): readonly Part[] {
  const longest = new Map<string, Part>();
  for (const part of parts) {
    const text = patternOf(part)?.text ?? '';
    const known = longest.get(text);
    if (known === undefined || known.region.text.length < part.region.text.length) longest.set(text, part);
  }
  return [...longest.values()];
}

/** A rule within another one would be an error: it says nothing. */
function allowOf(parts: readonly Part[]): readonly string[] {
  const patterns = [...new Map(parts.flatMap((part) => patternOf(part) ?? []).map((one) => [one.text, one])).values()];
  return patterns
    .filter((own) => !patterns.some((other) => other !== own && covers(other, own)))
    .map(({ text }) => text);
}
