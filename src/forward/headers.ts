import { awsLimits, edgeHeaderBytes } from '../core/aws-limits.ts';
import { foldName } from '../core/fold-name.ts';
import { classOf, type HeaderClass } from '../core/header-table.ts';
import { namesConnectionScheme } from './connection-schemes.ts';
import { ForwardError } from './failure.ts';
import type { HeaderNames } from './header-names.ts';

export type Header = readonly [name: string, value: string];

/** What must stand in a request at most once, or two servers may each believe another one. The last one counts. */
const singletons = new Set(
  words(`authorization content-encoding content-location content-type from if-modified-since if-range
    if-unmodified-since max-forwards range referer user-agent`),
);

/** What API Gateway takes, and what it adds of its own. */
const maximumBytes = awsLimits.requestHeaderBytes + edgeHeaderBytes;
const maximumFields = 200;

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

interface KnownName {
  readonly folded: string;
  readonly class: HeaderClass | undefined;
  readonly isToken: boolean;
}

/** Callers send the same few names again and again. Emptied when full, so that nobody can make it grow. */
const knownNames = new Map<string, KnownName>();
const maximumKnownNames = 500;

function knownNameOf(name: string): KnownName {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const folded = foldName(name);
  const made = { folded, class: classOf(folded), isToken: token.test(name) };
  if (knownNames.size >= maximumKnownNames) knownNames.clear();
  knownNames.set(name, made);
  return made;
}

/** What the front itself says to a backend. */
export interface FrontHeaders {
  readonly host: string;
  readonly client: string;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  readonly address: string;
  readonly reference: string;
  /** Names that the connection's credential sets; the caller's are removed even if `credential` were empty. */
  readonly injects: readonly string[];
  readonly credential: readonly Header[];
  /** What the connection removes beyond the table. */
  readonly strip?: HeaderNames;
  /** The only names that pass; absent: all that nothing removes. */
  readonly pass?: HeaderNames;
}

/** What describes a body goes wherever the body goes. */
const ofTheBody = new Set(words('content-encoding content-language content-type'));

/**
 * The caller's header fields without those of the table, then ours, each exactly once. Names that are no token, and
 * values that cannot be written in one byte a character or hold controls, are dropped (RFC 9110 §5.5).
 * @throws ForwardError `request_headers_too_large`, `connection_authentication`
 */
export function outboundHeaders(headers: readonly Header[], front: FrontHeaders): Header[] {
  limit(headers);
  refuseConnectionSchemes(headers);
  const removed = connectionOptionsOf(headers);
  for (const name of front.injects) removed.add(knownNameOf(name).folded);
  const kept: Header[] = [];
  const placeOfSingleton = new Map<string, number>();
  for (const header of headers) {
    const known = knownNameOf(header[0]);
    const { folded } = known;
    if (removed.has(folded) || (known.class !== undefined && known.class !== 'gateway')) continue;
    if (front.strip?.(folded) || (front.pass !== undefined && !front.pass(folded) && !ofTheBody.has(folded))) continue;
    if (!known.isToken || !fieldValue.test(header[1])) continue;
    const place = placeOfSingleton.get(folded);
    if (place !== undefined) kept[place] = header;
    else if (singletons.has(folded)) placeOfSingleton.set(folded, kept.push(header) - 1);
    else kept.push(header);
  }
  return [
    ['Host', front.host],
    ...kept,
    ...front.credential,
    ['X-Forwarded-For', front.address],
    ['X-Sallyport-Client', front.client],
    ['X-Sallyport-Reference', front.reference],
    // RFC 9440 §2.2: a Byte Sequence of RFC 8941.
    ['Client-Cert', byteSequenceOf(front.certificate)],
  ];
}

/** By the object: whoever keeps a partner's certificate for its next request has this kept, too. */
const byteSequences = new WeakMap<Uint8Array, string>();

function byteSequenceOf(certificate: Uint8Array): string {
  const known = byteSequences.get(certificate);
  if (known !== undefined) return known;
  const { buffer, byteOffset, length } = certificate;
  const made = `:${Buffer.from(buffer, byteOffset, length).toString('base64')}:`;
  byteSequences.set(certificate, made);
  return made;
}

/**
 * A backend's header fields without the hop-by-hop ones and without ours. Content-Length goes too: whoever answers
 * the caller frames the body again. Several Set-Cookie stay several.
 */
export function inboundHeaders(headers: readonly Header[]): Header[] {
  const removed = connectionOptionsOf(headers);
  return headers.filter(([name, value]) => {
    const { folded, class: headerClass, isToken } = knownNameOf(name);
    if (removed.has(folded) || headerClass === 'hop-by-hop') return false;
    if (folded === 'www-authenticate' && namesConnectionScheme(value)) return false;
    return !folded.startsWith('x-sallyport-') && isToken && fieldValue.test(value);
  });
}

/** Without what API Gateway would remap. */
export function gatewayHeaders(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => knownNameOf(name).class !== 'gateway');
}

/**
 * Fields for whoever is at the end, which may not be named in `Connection` (RFC 9110 §7.6.1). What the authorizer has looked
 * at, a token, must reach the backend or not come at all.
 */
const endToEnd = new Set(words('authorization cache-control content-encoding content-language content-type cookie'));

/** RFC 9110 §7.6.1: what `Connection` names is for this hop. Ours are added afterwards, so nobody can name them away. */
function connectionOptionsOf(headers: readonly Header[]): Set<string> {
  const options = new Set<string>();
  for (const [name, value] of headers) {
    if (knownNameOf(name).folded !== 'connection') continue;
    for (const option of value.split(',')) {
      const { folded } = knownNameOf(option.trim());
      if (!endToEnd.has(folded)) options.add(folded);
    }
  }
  return options;
}

/** Refused whether or not the connection would replace it: the caller shall learn that it cannot work. */
function refuseConnectionSchemes(headers: readonly Header[]): void {
  for (const [name, value] of headers) {
    if (knownNameOf(name).folded === 'authorization' && namesConnectionScheme(value)) {
      throw new ForwardError('connection_authentication');
    }
  }
}

function limit(headers: readonly Header[]): void {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  if (bytes > maximumBytes || headers.length > maximumFields) {
    throw new ForwardError('request_headers_too_large', `${headers.length} fields, ${bytes} bytes`);
  }
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
