import type { IncomingMessage } from 'node:http';

/** The address of the peer; an IPv4 address in its own notation also on a dual-stack socket. */
export function addressOf(request: Pick<IncomingMessage, 'socket'>): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
