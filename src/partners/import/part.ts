import { type Place, ProblemError } from '../../core/problem.ts';
import { type AddressRange, parseAddressRange, sharedRanges } from '../../core/request/address.ts';
import { hasMethod, methodsOf, type Pattern, parsePattern } from '../../core/request/pattern.ts';

/**
 * Which requests a part of another product's configuration answers, by their decoded path: everything that begins so,
 * exactly this one, or nobody knows which of those that begin so (a regular expression).
 */
export interface Region {
  readonly kind: 'prefix' | 'exact' | 'unknown';
  readonly text: string;
}

/** Where the requests of a part go, in every respect that a connection and a route can say. */
export interface Forward {
  /** scheme://host[:port] */
  readonly url: string;
  /** What a connection would be called. */
  readonly name: string;
  /** As `to` of a route; absent: the path stays. */
  readonly to?: string;
  readonly serverName?: string;
  /** PEM of the only CAs that may sign the backend's certificate. */
  readonly authorities?: string;
  /** Headers that the source wrote or cleared itself, so that no caller's may come through. */
  readonly strip: readonly string[];
  /** Headers whose value is a credential of the source: it has to be stored and named by hand. */
  readonly secrets: readonly string[];
}

/** Somebody whose certificate is known by its subject, or `anyone` with a certificate of the authority. */
export type Principal = string;
export const anyone: Principal = '*';

/**
 * A location, a path, a route of another product in words of ours. A reader writes these and no rule of its own: what is
 * left out, and what contains it, is decided in `kept.ts` alone.
 */
export interface Part {
  /** `location /orders/`, for people. */
  readonly what: string;
  readonly place?: Place;
  readonly region: Region;
  /** Absent when it answers itself, refuses, or goes where no route of ours goes. */
  readonly forward?: Forward;
  /** Why nothing of it is taken over; absent: it is, for those it admits. */
  readonly left?: string;
  /** `ANY`, or methods with commas. */
  readonly methods: string;
  /** Absent: from anywhere. Empty: from nowhere. */
  readonly addresses?: readonly string[];
  readonly admits: ReadonlySet<Principal>;
}

/** The requests of the region as a pattern of ours; never one that the region does not have, except `/x` for `/x/`. */
export function patternOf({ region, methods }: Part): Pattern | undefined {
  const { kind, text } = region;
  if (kind === 'unknown' || methods === '' || text.includes('*')) return undefined;
  const path = kind === 'exact' ? encoded(text) : `${encoded(text.replace(/\/$/, ''))}/**`;
  try {
    return parsePattern(`${methods} ${path}`);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function encoded(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()+,=:@/]+/g, (characters) => encodeURIComponent(characters.toWellFormed()));
}

/** What the pattern of `around` matches, as text: the path itself, and what lies below if there is anything below. */
function bareOf({ text }: Region): string {
  return text.replace(/\/$/, '');
}

/** Whether some request of the pattern of `around` is in the region `one`. */
export function meets(one: Region, around: Region): boolean {
  const fold = one.kind === 'unknown' ? (text: string) => text.toLowerCase() : (text: string) => text;
  const text = fold(one.text);
  if (around.kind === 'exact') {
    const path = fold(around.text);
    return one.kind === 'exact' ? path === text : path.startsWith(text);
  }
  const bare = fold(bareOf(around));
  const within = text === bare || text.startsWith(`${bare}/`);
  return one.kind === 'exact' ? within : within || `${bare}/`.startsWith(text);
}

/** The one request of the pattern that the region itself does not have: `/x` beside `/x/`. */
export function isBareOf(one: Region, around: Region): boolean {
  return (
    around.kind === 'prefix' &&
    around.text.endsWith('/') &&
    around.text !== '/' &&
    one.kind !== 'unknown' &&
    one.text === bareOf(around)
  );
}

/** Whether its pattern has the whole region, and not only what stands behind a `/`. */
export function isSaidWhole({ kind, text }: Region): boolean {
  return kind === 'exact' || (kind === 'prefix' && text.endsWith('/'));
}

export function hasMethodsOf(wide: string, narrow: string): boolean {
  if (wide === '' || narrow === '') return narrow === '';
  const [has, wanted] = [parsePattern(`${wide} /`), parsePattern(`${narrow} /`)];
  return [...methodsOf(wanted)].every((method) => hasMethod(has, method));
}

/** Whether whoever may come from `narrow` may come from `wide`. */
export function hasAddressesOf(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  const ranges = (texts: readonly string[]): AddressRange[] => texts.map((text) => parseAddressRange(text));
  const own = ranges(narrow);
  return (
    sharedRanges(own, ranges(wide)).filter(({ text }) => own.some((one) => one.text === text)).length === own.length
  );
}

export function isSameWay(one: Forward, other: Forward): boolean {
  return (
    one.to === undefined &&
    other.to === undefined &&
    JSON.stringify({ ...one, name: '' }) === JSON.stringify({ ...other, name: '' })
  );
}
