import type { ConnectionConfig } from '../core/registry/connection.ts';
import { directTransport } from './transports/direct.ts';
import type { Transport, TransportMeans } from './transports/transport.ts';

export function transportOf(config: ConnectionConfig, means: TransportMeans): Transport {
  switch (config.transport.kind) {
    case 'direct':
      return directTransport(means);
  }
}
