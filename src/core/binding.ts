import { timingSafeEqual } from 'node:crypto';
import { openHmac } from './hmac.ts';

/**
 * The binding between authorizer and forwarder. API Gateway carries the authorizer's context to the integration, and
 * nothing proves to the forwarder that a context came from our authorizer, or that it was meant for this request. So the
 * authorizer adds a MAC over what it decided *and* over what it saw; the forwarder recomputes it from its own event.
 */
export interface Bound {
  readonly reference: string;
  readonly client: string;
  readonly rule: string;
  readonly connection: string;
  readonly method: string;
  /** The raw request path, no query. */
  readonly path: string;
  readonly stage: string;
  /** Lower-case hex, of the leaf's DER. */
  readonly certificateSha256: string;
  /** How many bytes of the raw path `to` replaces. */
  readonly strip: number;
  readonly to: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** What of the caller's path ends soon (see `noticeOf`), for it to be told. */
  readonly notice: string;
  /** Bound only when given: whether it was is itself under the MAC. */
  readonly extendedRequestId?: string;
}

/** What the forwarder takes from its own event. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly stage: string;
  readonly certificateSha256: string;
  readonly extendedRequestId?: string;
}

/** How long the authorizer lets a binding live. Below the maximum, so that two Lambdas' clocks may differ a little. */
export const bindingSeconds = 25;
/** A binding that claims to live longer than this is refused, whoever signed it. */
export const maximumBindingSeconds = 30;
/**
 * How long a function uses its keys before it reads them again, by wall clock: it may have been frozen. A rotation waits
 * for longer than that at each of its steps.
 */
export const bindingKeySeconds = 300;
export const minimumKeyBytes = 32;

const label = 'sallyport/binding/2';
const contextNames = [
  'reference',
  'client',
  'rule',
  'connection',
  'strip',
  'to',
  'expires',
  'notice',
  'bound',
  'mac',
] as const;
type ContextName = (typeof contextNames)[number];

/** API Gateway writes context values into gateway responses and access logs: nothing in them may need escaping. */
const plainValue = /^[A-Za-z0-9._-]{1,64}$/;
/** 512 bytes in base64url. */
const targetValue = /^[A-Za-z0-9_-]{1,683}$/;
/** An empty context value may be dropped on the way, and one character is never base64url: so this stands for "". */
const emptyTarget = '-';
const unbound = 'none';
const requestIdBound = 'extendedRequestId';
const hexSha256 = /^[0-9a-f]{64}$/;
const canonicalNumber = /^(?:0|[1-9][0-9]{0,14})$/;

/**
 * The authorizer's context for an allowed request. Throws a plain Error when a value cannot be carried: names are checked
 * where they are parsed, so that is our own mistake, and it closes.
 */
export function bind(bound: Bound, key: Uint8Array): Record<string, string> {
  const context = {
    reference: bound.reference,
    client: bound.client,
    rule: bound.rule,
    connection: bound.connection,
    strip: String(bound.strip),
    to: bound.to === '' ? emptyTarget : Buffer.from(bound.to, 'utf8').toString('base64url'),
    expires: String(bound.expiresAt),
    notice: bound.notice,
    bound: bound.extendedRequestId === undefined ? unbound : requestIdBound,
    mac: '',
  };
  context.mac = macOf(context, bound, key);
  // One spelling of each number: what was signed once needs no second look after its MAC was verified.
  const areCounts = canonicalNumber.test(context.strip) && canonicalNumber.test(context.expires);
  if (
    !contextNames.every((name) => isCarriable(name, context[name])) ||
    !areCounts ||
    !isBindable(bound) ||
    !bound.to.isWellFormed()
  ) {
    throw new Error('A binding value cannot be carried.');
  }
  return context;
}

/**
 * The binding that `context` carries for the request that was `seen`, or undefined: absent, doubled, over-long, expired,
 * made for another request or with another key. `keys` are the current and, while rotating, the previous and the next key;
 * `now` is epoch milliseconds. Time does not depend on where a MAC differs.
 */
export function openBinding(
  context: Readonly<Record<string, unknown>>,
  seen: Seen,
  keys: readonly Uint8Array[],
  now: number,
): Bound | undefined {
  const carried = carriedOf(context);
  if (carried === undefined || !isBindable(seen)) return undefined;

  const given = Buffer.from(carried.mac, 'latin1');
  let authentic = false;
  for (const key of keys) {
    // The text is compared, not what it decodes to: the last character of base64url has bits that decode to nothing.
    const expected = Buffer.from(macOf(carried, seen, key), 'latin1');
    if (given.length === expected.length && timingSafeEqual(given, expected)) authentic = true;
  }
  if (!authentic) return undefined;

  const expiresAt = Number(carried.expires);
  if (!isLiving(carried.expires, now)) return undefined;

  const strip = Number(carried.strip);
  if (strip > Buffer.byteLength(seen.path, 'utf8')) return undefined;

  return {
    reference: carried.reference,
    client: carried.client,
    rule: carried.rule,
    connection: carried.connection,
    method: seen.method,
    path: seen.path,
    stage: seen.stage,
    certificateSha256: seen.certificateSha256,
    strip,
    to: targetOf(carried.to),
    expiresAt,
    notice: carried.notice,
    ...(carried.bound === unbound ? {} : { extendedRequestId: seen.extendedRequestId }),
  };
}

/**
 * Whether all that is wrong with a binding that did not open can be its key: it is complete, for this request's form, and
 * not over.
 */
export function mayHaveOtherKey(context: Readonly<Record<string, unknown>>, seen: Seen, now: number): boolean {
  const carried = carriedOf(context);
  return carried !== undefined && isBindable(seen) && isLiving(carried.expires, now);
}

/** The ten values, each a single string of its alphabet; undefined if any is not. */
function carriedOf(context: Readonly<Record<string, unknown>>): Record<ContextName, string> | undefined {
  for (const name of contextNames) {
    const value = Object.hasOwn(context, name) ? context[name] : undefined;
    if (typeof value !== 'string' || !isCarriable(name, value)) return undefined;
  }
  return context as Record<ContextName, string>;
}

/** Written so that a `now` that is not a number closes too. */
function isLiving(expires: string, now: number): boolean {
  const millisecondsLeft = Number(expires) * 1000 - now;
  return millisecondsLeft > 0 && millisecondsLeft <= maximumBindingSeconds * 1000;
}

function isCarriable(name: ContextName, value: string): boolean {
  return (name === 'to' ? targetValue : plainValue).test(value);
}

function targetOf(value: string): string {
  return value === emptyTarget ? '' : Buffer.from(value, 'base64url').toString('utf8');
}

/** Lone surrogates are refused: in UTF-8 they would all become U+FFFD, and two paths would share one MAC. */
function isBindable(seen: Seen): boolean {
  return (
    isSpelled(seen.method) &&
    isSpelled(seen.path) &&
    isSpelled(seen.stage) &&
    hexSha256.test(seen.certificateSha256) &&
    (seen.extendedRequestId === undefined || isSpelled(seen.extendedRequestId))
  );
}

const isSpelled = (text: string): boolean => text !== '' && text.isWellFormed();

const field = (text: string): string => `${text.length}:${text},`;
const prefix = field(label);
const signedNames = ['bound', 'reference', 'client', 'rule', 'connection', 'strip', 'to', 'expires', 'notice'] as const;

/**
 * HMAC-SHA256, base64url, over a label and every field behind its length in UTF-16 units, so that no two lists of
 * well-formed fields share their bytes.
 */
function macOf(carried: Readonly<Record<Exclude<ContextName, 'mac'>, string>>, seen: Seen, key: Uint8Array): string {
  if (key.length < minimumKeyBytes) throw new Error(`A binding key has at least ${minimumKeyBytes} bytes.`);
  let message = prefix;
  for (const name of signedNames) message += field(carried[name]);
  message += field(seen.method) + field(seen.path) + field(seen.stage) + field(seen.certificateSha256);
  // Bound by name but not seen: an empty value that no authorizer signs, since bind() refuses it.
  if (carried.bound !== unbound) message += field(seen.extendedRequestId ?? '');
  return hmacOf(key)(message);
}

const opened = new WeakMap<Uint8Array, ReturnType<typeof openHmac>>();

/** Kept with its blocks. A key is a value: nobody writes into one that has signed. */
function hmacOf(key: Uint8Array): ReturnType<typeof openHmac> {
  const known = opened.get(key);
  if (known !== undefined) return known;
  const made = openHmac(key);
  opened.set(key, made);
  return made;
}
