/** What readers of events and documents ask of a value that came from outside. */

/** A JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** API Gateway writes null for what is not there; other writers leave it out. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
