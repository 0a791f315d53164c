import { createServer } from 'node:net';
import type { FrontConfig } from '../../config/front.ts';
import { type Connection, openConnection } from '../../forward/connection.ts';
import type { ReadSecret } from '../../forward/secret.ts';
import { type DemoBackend, openDemoBackend } from '../demo/backend.ts';
import { connectionNameOf, demoBackendNames, demoConnection, expectedCredentialOf } from '../demo/connections.ts';
import type { ServerAuthority } from '../twins/server-authority.ts';

/** The way out of a local front: its connections, to the demo backend or to the real ones. */
export interface Backends {
  /** Absent with real backends. */
  readonly demo?: DemoBackend;
  /** The address that the front leaves from; undefined: this machine has only one loopback address (macOS). */
  readonly egressAddress: string | undefined;
  /** The connections of a new configuration; the old ones are closed when their last request is done. */
  use(config: FrontConfig): Promise<void>;
  connection(name: string): Connection | undefined;
  /** A TLS server name under which the demo backend knows a connection. */
  close(): Promise<void>;
}

export interface BackendsOptions {
  readonly serverAuthority: ServerAuthority;
  readonly realSecrets?: (frontId: string) => ReadSecret;
  now(): number;
  random(bytes: number): Uint8Array;
}

const EGRESS = '127.0.0.2';

export async function openBackends(options: BackendsOptions): Promise<Backends> {
  const egressAddress = options.realSecrets === undefined && (await canBind(EGRESS)) ? EGRESS : undefined;
  const secrets = new Map<string, string>();
  const secretOf = (name: string): string => {
    const secret = secrets.get(name) ?? Buffer.from(options.random(18)).toString('base64url');
    secrets.set(name, secret);
    return secret;
  };
  let configured: FrontConfig['connections'] = new Map();
  let connections = new Map<string, Connection>();
  const demo =
    options.realSecrets === undefined
      ? await openDemoBackend({
          ...(await options.serverAuthority.identityFor(demoBackendNames)),
          allowedAddresses: [egressAddress ?? '127.0.0.1'],
          credentialOf(serverName) {
            const config = configured.get(connectionNameOf(serverName) ?? '');
            return config === undefined ? undefined : { credential: expectedCredentialOf(config, secretOf) };
          },
        })
      : undefined;
  const open = (config: FrontConfig): Map<string, Connection> => {
    const opened = new Map<string, Connection>();
    const secret = options.realSecrets?.(config.id) ?? (async (name: string) => secretOf(name));
    for (const [name, written] of config.connections) {
      const used =
        demo === undefined
          ? written
          : demoConnection(written, { port: demo.port, authorityPem: options.serverAuthority.pem });
      const localAddress = egressAddress === undefined ? {} : { localAddress: egressAddress };
      opened.set(name, openConnection(used, { secret, now: options.now, ...localAddress }));
    }
    return opened;
  };
  return {
    ...(demo === undefined ? {} : { demo }),
    egressAddress,
    async use(config) {
      const before = connections;
      connections = open(config);
      configured = config.connections;
      for (const connection of before.values()) void connection.close().catch(() => undefined);
    },
    connection: (name) => connections.get(name),
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
      await demo?.close();
    },
  };
}

/** All of 127/8 can be bound on Linux; elsewhere only 127.0.0.1. */
function canBind(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}
