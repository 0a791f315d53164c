import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { ForwardError } from '../failure.ts';
import type { SocketRequest, Transport, TransportMeans } from './transport.ts';

/** Plain TCP from where the forwarder runs: through the NAT's fixed addresses on AWS. */
export function directTransport(means: TransportMeans): Transport {
  return { connect: (request) => open(request, means.localAddress), close: async () => {} };
}

function open({ host, port, timeoutMilliseconds }: SocketRequest, localAddress?: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, localAddress, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const timer = setTimeout(
      () => socket.destroy(new ForwardError('connect_timeout', `${host}:${port}: no answer`)),
      timeoutMilliseconds,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
