/** What API Gateway and Lambda bear, in bytes and milliseconds. Sources: docs/fidelity.md. */
export const limits = {
  /** Request line and header lines together. */
  requestHeadBytes: 10_240,
  /** The body at the edge. */
  bodyBytes: 10 * 1024 * 1024,
  /** A Lambda's event and its answer, as JSON: a binary body counts in base64. */
  lambdaPayloadBytes: 6 * 1024 * 1024,
  methodArnBytes: 1_600,
  policyResourceCharacters: 512,
  integrationMilliseconds: 29_000,
  /** AWS documents it for HTTP APIs only. */
  authorizerMilliseconds: 10_000,
} as const;
