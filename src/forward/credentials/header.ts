import { fieldValueOf, type ReadSecret } from '../secret.ts';
import type { Credential } from './credential.ts';

/** A key in a header field of the backend's choice. */
export function headerCredential(name: string, valueFrom: string, secret: ReadSecret): Credential {
  return {
    injects: [name],
    headers: async () => [[name, fieldValueOf(valueFrom, await secret(valueFrom))]],
  };
}
