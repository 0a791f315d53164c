/** How the front authenticates itself to a backend. */
export interface Credential {
  /** Names of the header fields that `headers()` sets: whatever the caller sent under them is removed. */
  readonly injects: readonly string[];
  headers(): Promise<readonly (readonly [string, string])[]>;
}
