import type { TLSSocket } from 'node:tls';

export interface EndingLimits {
  /** How long what a caller still sends is read and dropped. */
  readonly lingerMilliseconds: number;
  /** How much of it. */
  readonly lingerBytes: number;
}

const ending = new WeakSet<TLSSocket>();

/** Whether the last word to this caller has been said: whatever it sends behind that is not served. */
export function isEnding(socket: TLSSocket): boolean {
  return ending.has(socket) || socket.writableEnded || socket.destroyed;
}

/**
 * Ends what we say (close_notify, FIN), and reads and drops what the caller still sends, up to a bound. A socket that is
 * closed over unread bytes is reset by the kernel, and the reset takes the answer from a caller that has not read it yet
 * (RFC 9112 §9.6).
 */
export function endGently(socket: TLSSocket, limits: EndingLimits): void {
  if (ending.has(socket) || socket.destroyed) return;
  ending.add(socket);
  let left = limits.lingerBytes;
  readNothing(socket, (bytes) => {
    left -= bytes;
    if (left < 0) socket.destroy();
  });
  let timer: NodeJS.Timeout | undefined;
  socket.once('close', () => clearTimeout(timer));
  // An answer that is still being written has the time of a silent connection.
  socket.end(() => {
    timer = setTimeout(() => socket.destroy(), limits.lingerMilliseconds);
  });
  socket.resume();
}

/** Takes the bytes from Node's parser; `dropped` is told how many there were. */
export function readNothing(socket: TLSSocket, dropped: (bytes: number) => void = () => {}): void {
  const drop = (chunk: Buffer): void => dropped(chunk.length);
  // First, because a new listener is what makes Node's parser let go of the socket's handle.
  socket.on('data', drop);
  for (const listener of socket.listeners('data')) {
    if (listener !== drop) socket.off('data', listener as () => void);
  }
}
