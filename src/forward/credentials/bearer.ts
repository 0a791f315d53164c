import { fieldValueOf, type ReadSecret } from '../secret.ts';
import type { Credential } from './credential.ts';

/** RFC 6750 §2.1, with a token that somebody else issued and we only keep. */
export function bearerCredential(tokenFrom: string, secret: ReadSecret): Credential {
  return {
    injects: ['Authorization'],
    headers: async () => [['Authorization', `Bearer ${fieldValueOf(tokenFrom, await secret(tokenFrom))}`]],
  };
}
