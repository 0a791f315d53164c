/**
 * Metadata of each request, one JSON line; the names of the fields are stable (docs/stability.md). The certificate comes
 * last: API Gateway cuts a line that grows too long, and a subject is the caller's to choose. Neither path, query,
 * headers nor the certificate itself: those are the partners' data.
 */
export const accessLogFields = {
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  reference: '$context.authorizer.reference',
  client: '$context.authorizer.client',
  rule: '$context.authorizer.rule',
  status: '$context.status',
  error: '$context.error.responseType',
  authorizerStatus: '$context.authorizer.status',
  method: '$context.httpMethod',
  address: '$context.identity.sourceIp',
  tls: '$context.tlsVersion',
  latencyMilliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  certificateSerial: '$context.identity.clientCert.serialNumber',
  certificateNotAfter: '$context.identity.clientCert.validity.notAfter',
  certificateIssuer: '$context.identity.clientCert.issuerDN',
  certificateSubject: '$context.identity.clientCert.subjectDN',
};
