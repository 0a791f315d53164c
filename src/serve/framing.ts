import type { IncomingMessage } from 'node:http';

/** Why a head is refused although Node's parser took it, and with which status. */
export interface HeadRefusal {
  readonly status: 400 | 501;
  readonly why: string;
}

/** What two servers could read differently is not passed on. Undefined for a head that has one meaning. */
export function headRefusalOf(request: IncomingMessage): HeadRefusal | undefined {
  // Node's parser also takes 0.9 and 2.0 on a request line, and would serve them as 1.1.
  const version = request.httpVersion;
  if (version !== '1.1' && version !== '1.0') return { status: 400, why: `the version is ${version}` };
  // RFC 9112 §3.2: anything but one Host is 400.
  const hosts = valuesOf(request, 'host').length;
  if (hosts !== 1) return { status: 400, why: `${hosts} Host fields` };
  return codingRefusalOf(request);
}

/**
 * Only `chunked`, once. Node takes any list that ends in it, removes the chunks and leaves the other codings in the body;
 * RFC 9112 §6.1: 501 for a coding that is not understood, and whoever speaks HTTP/1.0 knows none.
 */
function codingRefusalOf(request: IncomingMessage): HeadRefusal | undefined {
  const fields = valuesOf(request, 'transfer-encoding');
  if (fields.length === 0) return undefined;
  if (request.httpVersion === '1.0') return { status: 400, why: 'a transfer coding in HTTP/1.0' };
  const codings = fields.flatMap((value) => value.split(',')).map((coding) => coding.trim().toLowerCase());
  if (codings.some((coding) => coding !== 'chunked')) return { status: 501, why: 'a transfer coding beside chunked' };
  return codings.length === 1 ? undefined : { status: 400, why: 'chunked twice' };
}

/** Whether the head announces a body: what stands behind an unread one is not a request. */
export function announcesBody(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || Number(length) !== 0;
}

function valuesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}
