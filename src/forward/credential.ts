import type { ConnectionConfig } from '../core/registry/connection.ts';
import { basicCredential } from './credentials/basic.ts';
import { bearerCredential } from './credentials/bearer.ts';
import type { Credential } from './credentials/credential.ts';
import { headerCredential } from './credentials/header.ts';
import { noCredential } from './credentials/none.ts';
import type { ReadSecret } from './secret.ts';

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
