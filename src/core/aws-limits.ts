/**
 * What API Gateway's regional REST APIs and Lambda bear, in bytes and milliseconds; whoever stands before or behind them goes
 * by these. Sources: docs/fidelity.md.
 */
export const awsLimits = {
  /** All header lines of a request together: names, values and line ends. Since 2026; it was 10,240 with the request line. */
  requestHeaderBytes: 20_480,
  /** Path and query as they were sent. */
  urlBytes: 10_240,
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

/** What API Gateway puts beside the caller's header fields: addresses, trace ids, `Via` and the like, with room to spare. */
export const edgeHeaderBytes = 4_096;

/** A backend ends before API Gateway gives up, so that the caller gets an answer with a reference. */
export const backendSeconds = 27;

/** CAs from the issuing one up to the root. AWS documents "maximum four"; the client's own certificate is not counted. */
export const maximumCas = 4;

export const truststoreLimits = { certificates: 1000, bytes: 1_000_000 } as const;

/** Those that a REST API has, and so those that a rule may name. */
export const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;
