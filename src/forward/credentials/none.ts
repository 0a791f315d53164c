import type { Credential } from './credential.ts';

/** Nothing of ours: an Authorization that the caller sends for the backend passes through. */
export function noCredential(): Credential {
  return { injects: [], headers: async () => [] };
}
