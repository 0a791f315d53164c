import type { ConnectionConfig } from '../core/registry/connection.ts';
import { basicCredential } from './credentials/basic.ts';
import { bearerCredential } from './credentials/bearer.ts';
import { headerCredential } from './credentials/header.ts';
import { noCredential } from './credentials/none.ts';
import type { ReadSecret } from './secret.ts';

/** How the front authenticates itself to a backend. */
export interface Credential {
  /** Names of the header fields that `headers()` sets: whatever the caller sent under them is removed. */
  readonly injects: readonly string[];
  headers(): Promise<readonly (readonly [string, string])[]>;
}

export function credentialOf(config: ConnectionConfig['credential'], secret: ReadSecret): Credential {
  switch (config.kind) {
    case 'none':
      return noCredential();
    case 'basic':
      return basicCredential(config.user, config.passwordFrom, secret);
    case 'bearer':
      return bearerCredential(config.tokenFrom, secret);
    case 'header':
      return headerCredential(config.name, config.valueFrom, secret);
  }
}
