/**
 * Whether a throw is Node's system error with this code (`ENOENT`, `EEXIST`, …). Not by `instanceof`: in a test runner's
 * realm Node's own errors are not instances of its `Error`.
 */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
