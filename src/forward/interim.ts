import type { Duplex } from 'node:stream';

const lineFeed = 0x0a;
/** `HTTP/1.1 100`: where the last digit of the status stands. */
const lastDigit = 11;
const unasked = /^HTTP\/1\.[01] 1\d$/;

/**
 * Has a `100 Continue` that nobody asked for read as `102 Processing`. RFC 9110 §15.2 has a client bear any interim answer,
 * asked for or not; undici fails the request at a 100, and a POST that the backend is executing has lost its answer. One
 * digit is changed where it stands: no byte is held back and no length changes.
 */
export class InterimReader {
  /** The beginning of the line that is being read, as far as a status line tells which answer it begins. */
  #line = '';
  #place: 'status line' | 'interim head' | 'answer' = 'status line';

  /** The next thing that comes is the beginning of an answer. */
  expectAnswer(): void {
    this.#line = '';
    this.#place = 'status line';
  }

  /** Changes `bytes` where they stand. */
  read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#place !== 'answer'; at += 1) this.#take(bytes, at);
  }

  #take(bytes: Buffer, at: number): void {
    const octet = bytes[at] ?? 0;
    if (this.#place === 'status line' && this.#line.length === lastDigit) {
      const isInterim = unasked.test(this.#line);
      this.#place = isInterim ? 'interim head' : 'answer';
      if (isInterim && this.#line.endsWith('10') && octet === 0x30) bytes[at] = 0x32;
    }
    if (octet !== lineFeed) {
      this.#line += String.fromCharCode(octet);
      return;
    }
    const isEmpty = this.#line === '' || this.#line === '\r';
    this.#line = '';
    if (this.#place === 'interim head' && isEmpty) this.#place = 'status line';
  }
}

/** Has everything that is read from this socket pass an InterimReader. */
export function readsInterim(socket: Duplex): InterimReader {
  const reader = new InterimReader();
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const bytes: unknown = read(size);
    if (Buffer.isBuffer(bytes)) reader.read(bytes);
    return bytes;
  };
  return reader;
}
