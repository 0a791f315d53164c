import { createHash } from 'node:crypto';
import type { ForwarderMeans } from '../../../lambdas/forwarder/forward-event.ts';
import { type Bound, bind } from '../../../src/core/binding.ts';
import { pemFromDer } from '../../../src/core/x509/pem.ts';
import type { Connection, Outbound } from '../../../src/forward/connection.ts';
import { ca } from '../../pki.ts';

export const key = createHash('sha256').update('current').digest();
export const now = Date.UTC(2026, 10, 22, 3, 34, 0);
export const reference = '0123456789abcdefghjk';
export const extendedRequestId = 'JJbxIGmHDoEF9zQ=';
export const leaf = ca().issue();
export const stranger = ca().issue();
const sha256 = (der: Uint8Array) => createHash('sha256').update(der).digest('hex');

export const bound: Bound = {
  reference,
  client: 'acme',
  rule: 'allow-1',
  connection: 'erp',
  method: 'POST',
  path: '/orders/a%2Fb/7;v=1',
  stage: 'live',
  certificateSha256: sha256(leaf.der),
  strip: '/orders'.length,
  to: '/Orders/rest/v1',
  expiresAt: now / 1000 + 25,
  notice: 'none',
  extendedRequestId,
};

type Fields = Record<string, unknown>;

/** A REST proxy event that is bound to a decision; `changes` replace members of the event, the request context or the binding. */
export function restEvent(
  changes: { event?: Fields; context?: Fields; identity?: Fields; authorizer?: Fields; bound?: Partial<Bound> } = {},
): Fields {
  const { method, path, stage } = { ...bound, ...changes.bound };
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: { Accept: 'text/b' },
    multiValueHeaders: { Accept: ['text/a', 'text/b'], 'X-Sallyport-Client': ['globex'], Host: ['api.example.com'] },
    queryStringParameters: { a: '2' },
    multiValueQueryStringParameters: { a: ['1', '2'], 'b c': ['+&'] },
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      authorizer: {
        ...bind({ ...bound, ...changes.bound }, key),
        principalId: 'acme',
        integrationLatency: 7,
        ...changes.authorizer,
      },
      extendedRequestId,
      httpMethod: method,
      identity: {
        sourceIp: '198.51.100.9',
        clientCert: { clientCertPem: pemFromDer(leaf.der), subjectDN: 'CN=forged' },
        ...changes.identity,
      },
      path,
      requestId: '3f1c2b9e-0000-4000-8000-000000000000',
      stage,
      ...changes.context,
    },
    body: Buffer.from([0, 255, 10]).toString('base64'),
    isBase64Encoded: true,
    ...changes.event,
  };
}

export interface Harness {
  readonly means: ForwarderMeans;
  readonly lines: string[];
  readonly sent: Outbound[];
  record(): Fields;
}

/** A forwarder's means over one connection, or none; what is sent and logged is kept. */
export function harness(forward?: Connection['forward'], macKeys: readonly Uint8Array[] = [key]): Harness {
  const lines: string[] = [];
  const sent: Outbound[] = [];
  const pass: Connection['forward'] = async (request) => {
    sent.push(request);
    if (forward === undefined) throw new Error('Nothing may be forwarded here.');
    return forward(request);
  };
  const connection: Connection = {
    label: 'erp.example:443',
    forward: pass,
    forwardWhole: async (request) => {
      const { status, headers, body } = await pass(request);
      return { status, headers, body: Buffer.concat(await body.toArray()) };
    },
    close: async () => {},
  };
  return {
    means: {
      connection: (name) => (name === 'erp' ? connection : undefined),
      macKeys: () => macKeys,
      stage: 'live',
      now: () => now,
      log: (line) => lines.push(line),
    },
    lines,
    sent,
    record: () => JSON.parse(lines.at(-1) ?? '{}') as Fields,
  };
}
