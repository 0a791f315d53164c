import type { IncomingMessage } from 'node:http';

/** Names as sent, in order, duplicates included. */
export function headersOf(request: IncomingMessage): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    headers.push([request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '']);
  }
  return headers;
}

/** Bytes of the header lines, line ends included. Node gives headers as Latin-1: a character is a byte. */
export function headerSizeOf(request: IncomingMessage): number {
  return headersOf(request).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

/** The Host without its port, in lower case. */
export function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** The whole body, or why there is none. Reading stops at the first byte too many. */
export async function readBody(
  request: IncomingMessage,
  maximumBytes: number,
): Promise<Uint8Array | 'too-large' | 'aborted'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Left early, the request must live on: an answer has still to be written.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > maximumBytes) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'aborted';
  }
  return Buffer.concat(chunks);
}
