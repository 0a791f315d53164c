import type { ReadSecret } from '../secret.ts';
import type { Credential } from './credential.ts';

/** RFC 7617, in UTF-8. */
export function basicCredential(user: string, passwordFrom: string, secret: ReadSecret): Credential {
  if (user.includes(':')) throw new Error('A user of HTTP Basic has no colon (RFC 7617 §2).');
  return {
    injects: ['Authorization'],
    headers: async () => {
      const password = await secret(passwordFrom);
      return [['Authorization', `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`]];
    },
  };
}
