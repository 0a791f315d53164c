import { ForwardError } from './failure.ts';

export type Header = readonly [name: string, value: string];

/** Why a header field of the caller does not reach a backend, or one of a backend does not reach the caller. */
export type HeaderClass = 'hop-by-hop' | 'identity' | 'override' | 'address' | 'gateway';

interface HeaderRule {
  readonly class: HeaderClass;
  readonly names: readonly string[];
  /** Every name that begins so. */
  readonly prefixes: readonly string[];
}

/**
 * The one table. Names are folded (see `foldName`): lower case, and `-` for whatever is neither letter nor digit. The
 * fifth class of names, credentials, is not constant: each connection brings the names that it injects.
 */
export const headerTable: readonly HeaderRule[] = [
  {
    // RFC 9110 §7.6.1 and §10.1.1; Host and Content-Length because we write them ourselves, exactly once.
    class: 'hop-by-hop',
    names: words(`connection content-length expect host http2-settings keep-alive proxy-authenticate
      proxy-authentication-info proxy-authorization proxy-connection te trailer transfer-encoding upgrade`),
    prefixes: [],
  },
  {
    // What proxies tell backends about the caller's certificate or account.
    class: 'identity',
    names: words(`remote-user tls-client-cert x-arr-clientcert x-authenticated-user x-certificate x-client-dn
      x-client-fingerprint x-client-issuer x-client-san x-client-serial x-client-subject x-client-verify x-clientcert
      x-forwarded-client-cert x-issuer-dn x-remote-user x-spiffe-id x-subject-dn x-user-dn x-webauth-user`),
    prefixes: words(`cf-access- cf-client- client-cert ssl- wl-proxy- x-amzn-mtls- x-amzn-oidc- x-apigateway-
      x-auth-request- x-client-cert x-goog-authenticated-user- x-goog-iap- x-ms-client-principal x-mtls- x-sallyport-
      x-ssl- x-tls-`),
  },
  {
    // What makes a backend or a framework act as if the request were another one.
    class: 'override',
    // proxy: CGI makes HTTP_PROXY of it (CVE-2016-5385).
    names: words(`forwarded front-end-https path-info proxy script-name x-host x-method-override x-original-host
      x-original-method x-original-path x-original-uri x-original-url x-rewrite-uri x-rewrite-url x-scheme x-script-name
      x-sendfile-type x-url-scheme`),
    // x-middleware-: CVE-2025-29927. x-accel-: what nginx and Rack read file names from.
    prefixes: words('x-accel- x-envoy- x-forwarded- x-http-method x-middleware-'),
  },
  {
    class: 'address',
    names: words(`cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 client-ip fastly-client-ip fly-client-ip
      proxy-client-ip remote-addr true-client-ip x-appengine-user-ip x-azure-clientip x-azure-socketip x-client-ip
      x-cluster-client-ip x-custom-ip-authorization x-forwarded-for x-nf-client-connection-ip x-original-forwarded-for
      x-originating-ip x-real-ip x-remote-addr x-remote-ip x-source-ip x-vercel-forwarded-for`),
    prefixes: [],
  },
  {
    // In a response only: API Gateway would send each as x-amzn-Remapped-…; it writes date and server itself.
    class: 'gateway',
    names: words('date server www-authenticate'),
    prefixes: [],
  },
];

/** What must stand in a request at most once, or two servers may each believe another one. The last one counts. */
const singletons = new Set(
  words(`authorization content-encoding content-location content-type from if-modified-since if-range
    if-unmodified-since max-forwards range referer user-agent`),
);

/** API Gateway takes 10,240 bytes of request line and headers and adds a few of its own. */
const maximumBytes = 16_384;
const maximumFields = 200;

const classByName = new Map(headerTable.flatMap((rule) => rule.names.map((name) => [name, rule.class] as const)));
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The name as the most tolerant server reads it: CGI, WSGI, Rack and PHP make `_` of `-`, some of them of every character
 * that is not a letter or a digit, and none of them knows case.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** The class of a folded name; undefined: it passes. */
export function classOf(folded: string): HeaderClass | undefined {
  const exact = classByName.get(folded);
  if (exact !== undefined) return exact;
  return headerTable.find((rule) => rule.prefixes.some((prefix) => folded.startsWith(prefix)))?.class;
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
}

/**
 * The caller's header fields without those of the table, then ours, each exactly once. Names that are no token, and
 * values that cannot be written in one byte a character or hold controls, are dropped (RFC 9110 §5.5).
 * @throws ForwardError `request_headers_too_large`
 */
export function outboundHeaders(headers: readonly Header[], front: FrontHeaders): Header[] {
  limit(headers);
  const removed = new Set([...connectionOptionsOf(headers), ...front.injects.map(foldName)]);
  const kept: Header[] = [];
  const placeOfSingleton = new Map<string, number>();
  for (const header of headers) {
    const [name, value] = header;
    const folded = foldName(name);
    const headerClass = classOf(folded);
    if (removed.has(folded) || (headerClass !== undefined && headerClass !== 'gateway')) continue;
    if (!token.test(name) || !fieldValue.test(value)) continue;
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
    ['Client-Cert', `:${Buffer.from(front.certificate).toString('base64')}:`],
  ];
}

/**
 * A backend's header fields without the hop-by-hop ones and without ours. Content-Length goes too: whoever answers
 * the caller frames the body again. Several Set-Cookie stay several.
 */
export function inboundHeaders(headers: readonly Header[]): Header[] {
  const removed = new Set(connectionOptionsOf(headers));
  return headers.filter(([name, value]) => {
    const folded = foldName(name);
    if (removed.has(folded) || classByName.get(folded) === 'hop-by-hop') return false;
    return !folded.startsWith('x-sallyport-') && token.test(name) && fieldValue.test(value);
  });
}

/** Without what API Gateway would remap. */
export function gatewayHeaders(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => classByName.get(foldName(name)) !== 'gateway');
}

/** RFC 9110 §7.6.1: what `Connection` names is for this hop. Ours are added afterwards, so nobody can name them away. */
function connectionOptionsOf(headers: readonly Header[]): string[] {
  return headers
    .filter(([name]) => foldName(name) === 'connection')
    .flatMap(([, value]) => value.split(',').map((option) => foldName(option.trim())));
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
