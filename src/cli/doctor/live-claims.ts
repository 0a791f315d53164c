/**
 * What only a real AWS account can show. Until somebody has seen it, it is `unproven`, and the code fails closed where a
 * claim turns out wrong. docs/first-deploy.md is this table.
 */
export interface LiveClaim {
  readonly claim: string;
  /** What to type and what to look for. */
  readonly how: string;
  /** What happens if it is wrong. */
  readonly otherwise: string;
  readonly status: 'unproven';
}

const status = 'unproven';

export const liveClaims: readonly LiveClaim[] = [
  {
    claim: 'A refusal carries the decision’s reference: `$context.authorizer.*` is filled in ACCESS_DENIED',
    how: 'sallyport call "GET /nowhere" --cert acme.pem --key acme.key --url https://NAME; the body has 20 characters as `reference`',
    otherwise: 'the body has an empty reference; find the decision by time and address in the authorizer’s log',
    status,
  },
  {
    claim: 'A refusal of the edge (untrusted certificate) has API Gateway’s own body and an `x-amz-apigw-id`',
    how: 'curl -v with a certificate of a CA that is not in the truststore',
    otherwise: 'the caller learns less; nothing is let in',
    status,
  },
  {
    claim: 'execute-api is closed on the deployed stage',
    how: 'curl https://APIID.execute-api.REGION.amazonaws.com/live/orders answers 403 {"message":"Forbidden"}',
    otherwise: 'the authorizer refuses it: there is no certificate',
    status,
  },
  {
    claim: 'Both events of a request spell its path and extendedRequestId alike',
    how: 'an allowed call answers 200; if it is 403 with `binding` in the forwarder’s log, they differ',
    otherwise: 'closed: every call is refused. functions: { bindExtendedRequestId: false } and a deploy',
    status,
  },
  {
    claim: 'The publisher’s condition on `apigateway:Request/MtlsTrustStoreUri` lets our update through and no other',
    how: "sallyport publish with a role of grantPublish; then aws apigateway update-domain-name … truststoreUri, value '' with the same role is denied",
    otherwise: 'publish stops at step b and says AccessDenied; removals are live already',
    status,
  },
  {
    claim: 'A new truststore serves within minutes, and open connections',
    how: 'sallyport publish with a new CA, then a call a second until 200; sallyport status shows no drift',
    otherwise: 'publish waits longer; the authorizer decides by the new registry at once',
    status,
  },
  {
    claim: '`truststoreWarnings` and slow domain states appear as publish reports them',
    how: 'publish an expired intermediate to a test front; publish prints `AWS warns:`',
    otherwise: 'the warning is missing; `sallyport lint` says the same before',
    status,
  },
  {
    claim: 'A rollback by CloudFormation leaves the live truststore at the edge',
    how: 'on a test front: publish, then a deploy that fails; sallyport status shows no drift',
    otherwise:
      'an older truststore at the edge for a while; the authorizer refuses by the live registry. sallyport publish mends it',
    status,
  },
  {
    claim: 'TLS 1.3 on a mutual-TLS domain',
    how: 'openssl s_client -connect NAME:443 -tls1_3 -cert acme.pem -key acme.key; `tls` in the access log',
    otherwise: 'TLS 1.2 is used',
    status,
  },
  {
    claim: 'A certificate without clientAuth in its extended key usage',
    how: 'call with one: 403 with a reference means our authorizer refused, without one the edge did',
    otherwise: 'refused either way',
    status,
  },
  {
    claim: 'Console test invocations are refused',
    how: 'API Gateway console, method ANY, Test: the answer is 500 or 403, never the backend’s',
    otherwise: 'the forwarder refuses: the stage is not ours and there is no certificate',
    status,
  },
  {
    claim: 'The access log has one JSON line a request, with the certificate’s fields',
    how: 'the log group of the front’s stack that ends in AccessLog, after one call',
    otherwise: 'decisions are in the authorizer’s log all the same',
    status,
  },
  {
    claim: 'Requests leave from the Elastic IPs, from every zone',
    how: 'a backend that prints the caller’s address, called 50 times; compare with sallyport egress',
    otherwise: 'the backend refuses; no credential is lost',
    status,
  },
  {
    claim: 'Throttling of the stage answers 429 with a reference',
    how: 'on a test front with a low limit set in the console: 2,000 parallel calls',
    otherwise: 'the account’s own limit holds',
    status,
  },
  {
    claim: 'The web ACL stands before the authorizer and counts large bodies without refusing them',
    how: 'domain: { waf: true }; POST a body of 100 kB: 200; WAF metrics show a count',
    otherwise: '403 for large bodies: waf: false',
    status,
  },
  {
    claim: 'Streamed responses (STREAM) arrive as they are made',
    how: 'functions: { responseMode: stream } on a test front, a slow backend, curl -N',
    otherwise: 'buffered answers of 6 MB at most, which is the default',
    status,
  },
];
