import type { ConnectionConfig } from '../../core/registry/connection.ts';
import type { ExpectedCredential } from './backend.ts';

/** The demo backend's certificate is for any name below this one: each connection is a server name of its own. */
const SUFFIX = 'backend.example';
export const demoBackendNames = [`*.${SUFFIX}`];

/** Where the demo backend is and what it shows. */
export interface DemoBackendAddress {
  readonly port: number;
  readonly authorityPem: string;
}

/** The connection as written, but leading to the demo backend over TLS, with a made-up value in the place of its secret. */
export function demoConnection(config: ConnectionConfig, backend: DemoBackendAddress): ConnectionConfig {
  return {
    ...config,
    transport: { kind: 'direct' },
    url: `https://127.0.0.1:${backend.port}`,
    serverName: demoServerName(config.name),
    authorities: backend.authorityPem,
    allowPlaintext: false,
  };
}

/** The TLS server name under which the demo backend knows a connection. */
export function demoServerName(connection: string): string {
  return `${connection}.${SUFFIX}`;
}

/** The name of the connection that a TLS server name stands for. */
export function connectionNameOf(serverName: string): string | undefined {
  return serverName.endsWith(`.${SUFFIX}`) ? serverName.slice(0, -SUFFIX.length - 1) : undefined;
}

/** What the demo backend must find in a request of this connection. */
export function expectedCredentialOf(
  { credential }: ConnectionConfig,
  secretOf: (name: string) => string,
): ExpectedCredential | undefined {
  switch (credential.kind) {
    case 'none':
      return undefined;
    case 'basic': {
      const pair = `${credential.user}:${secretOf(credential.passwordFrom)}`;
      return { header: 'authorization', value: `Basic ${Buffer.from(pair).toString('base64')}` };
    }
    case 'bearer':
      return { header: 'authorization', value: `Bearer ${secretOf(credential.tokenFrom)}` };
    case 'header':
      return { header: credential.name.toLowerCase(), value: secretOf(credential.valueFrom) };
  }
}
