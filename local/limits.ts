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

/** What the listener bears, so that one slow or greedy peer cannot hold it. Our own choice; API Gateway does not publish its. */
export const listenerLimits = {
  handshakeMilliseconds: 10_000,
  /** From the first byte of a request to the end of its head. */
  headersMilliseconds: 10_000,
  /** From the first byte of a request to the end of its body. */
  requestMilliseconds: 60_000,
  keepAliveMilliseconds: 60_000,
  /** How often Node looks for requests that take too long. */
  checkEveryMilliseconds: 1_000,
  connections: 1_000,
  headers: 200,
  /** What the parser takes; above `requestHeadBytes`, so that the gateway's own answer is the usual one. */
  parserHeadBytes: 16_384,
} as const;
