import { createHash, randomBytes } from 'node:crypto';
import { createAuthorizer } from '../../lambdas/authorizer/authorize.ts';
import { createForwarder } from '../../lambdas/forwarder/forward-event.ts';
import { bind, bindingSeconds } from '../../src/core/binding.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import { type Connection, openConnection } from '../../src/forward/connection.ts';
import { clientCertOf } from '../../src/local/api-gateway/client-cert.ts';
import { type Arrival, authorizerEventOf, proxyEventOf, type RestApi } from '../../src/local/api-gateway/rest-event.ts';
import { acmeSubject, backendSecret, type HostileFront, openHostileFront } from './hostile-front.ts';

/** Both functions as they are deployed, without the gateway between them: what somebody could do who may invoke them. */

let front: HostileFront;
let connection: Connection;
let der: Uint8Array;
let otherDer: Uint8Array;
beforeAll(async () => {
  front = await openHostileFront();
  const config = front.dev.config().connections.get('backend');
  if (config === undefined) throw new Error('no connection');
  connection = openConnection(config, { secret: async () => backendSecret, now: () => Date.now() });
  der = front.issuedBy('Acme Issuing', { subject: acmeSubject }).der;
  otherDer = front.issuedBy('Acme Issuing', { subject: 'stock', names: [{ dns: 'stock.acme.example' }] }).der;
});
afterAll(async () => {
  await connection.close();
  await front.close();
});

const api: RestApi = {
  accountId: '222222222222',
  region: 'eu-west-1',
  apiId: 'abc123def4',
  stage: 'live',
  domainName: 'api.example.com',
  rootResourceId: 'root000000',
  proxyResourceId: '05c7jb',
};
const key = randomBytes(32);
const start = Date.UTC(2026, 10, 22, 12);

function arrival(changes: Partial<Arrival> & { readonly leaf?: Uint8Array } = {}): Arrival {
  const { leaf = der, ...rest } = changes;
  const clientCert = clientCertOf(leaf);
  if (clientCert === undefined) throw new Error('no certificate');
  return {
    method: 'GET',
    path: '/orders/7',
    query: new Map(),
    headers: [],
    sourceIp: '198.51.100.9',
    clientCert,
    at: start,
    requestId: '3f1c2b9e-0000-4000-8000-000000000000',
    extendedRequestId: 'JJbxIGmHDoEF9zQ=',
    traceId: 'Root=1-0-0',
    ...rest,
  };
}

type Fields = Record<string, unknown>;

const authorizer = (macKey = key, lines: string[] = []) => {
  const authorize = createAuthorizer({
    live: () => ({ registry: front.dev.registry(), overlay: emptyOverlay }),
    macKey: () => macKey,
    stage: 'live',
    domain: 'api.example.com',
    bindsExtendedRequestId: true,
    identities: new IdentityCache(),
    now: () => start,
    random: (bytes) => randomBytes(bytes),
    log: (line) => lines.push(line),
  });
  return async (event: unknown) => authorize(event);
};

/** What the real authorizer binds for this request. */
async function contextFor(asked: Arrival, macKey = key): Promise<Readonly<Record<string, string>>> {
  return (await authorizer(macKey)(authorizerEventOf(api, asked))).context;
}

/** The forwarder's status for an event, and whether the backend heard of it. */
async function forwarded(event: unknown, seconds = 0) {
  const lines: string[] = [];
  const forward = createForwarder({
    connection: (name) => (name === 'backend' ? connection : undefined),
    macKeys: () => [key],
    stage: 'live',
    now: () => start + seconds * 1000,
    log: (line) => lines.push(line),
  });
  const before = front.served.length;
  const { statusCode } = await forward(event);
  return { statusCode, code: JSON.parse(lines[0] ?? '{}').code, reached: front.served.length - before };
}

const proxied = (asked: Arrival, context: Fields, stage = api.stage) =>
  proxyEventOf({ ...api, stage }, asked, context as Record<string, string>, new Uint8Array());
const refused = { statusCode: 403, code: 'binding_invalid', reached: 0 };

test('an event that the authorizer has bound gets through, once in each of its seconds', async () => {
  const event = proxied(arrival(), await contextFor(arrival()));
  expect(await forwarded(event)).toEqual({ statusCode: 200, code: undefined, reached: 1 });
  expect(front.served.at(-1)?.rawHeaders).toContain('acme');
});

test('an event without a binding, or with one of somebody else’s key', async () => {
  expect(await forwarded(proxied(arrival(), {}))).toEqual(refused);
  expect(await forwarded(proxied(arrival(), { client: 'acme', rule: 'allow-1', connection: 'backend' }))).toEqual(
    refused,
  );
  expect(await forwarded(proxied(arrival(), await contextFor(arrival(), randomBytes(32))))).toEqual(refused);
});

test('a binding with any one of its values changed, left out or added to', async () => {
  const context = await contextFor(arrival());
  expect(Object.keys(context).length).toBeGreaterThanOrEqual(8);
  for (const name of Object.keys(context)) {
    const { [name]: value = '', ...rest } = context;
    for (const other of [
      undefined,
      '',
      `${value}x`,
      value.slice(1),
      value.toUpperCase() + value,
      '../admin',
      7,
      null,
      [value],
    ]) {
      const found = await forwarded(proxied(arrival(), other === undefined ? rest : { ...rest, [name]: other }));
      expect([name, other, found]).toEqual([name, other, refused]);
    }
  }
});

test('a true binding on another request: path, method, certificate, request id, stage', async () => {
  const context = await contextFor(arrival());
  const others: readonly Partial<Arrival & { leaf: Uint8Array }>[] = [
    { path: '/orders/8' },
    { path: '/orders/7/' },
    { path: '/orders/%37' },
    { method: 'DELETE' },
    { method: 'get' },
    { leaf: otherDer },
    { extendedRequestId: 'AAAAAAAAAAAAAAA=' },
  ];
  for (const change of others) {
    expect([change, await forwarded(proxied(arrival(change), context))]).toEqual([change, refused]);
  }
});

test('a true binding later than it holds', async () => {
  const event = proxied(arrival(), await contextFor(arrival()));
  expect((await forwarded(event, bindingSeconds - 1)).statusCode).toBe(200);
  expect(await forwarded(event, bindingSeconds)).toEqual(refused);
});

test('the binding of a refusal is none', async () => {
  const context = await contextFor(arrival({ path: '/admin' }));
  expect(Object.keys(context).sort()).toEqual(['reason', 'reference']);
  expect(await forwarded(proxied(arrival({ path: '/admin' }), context))).toEqual(refused);
});

test('a path that breaks the grammar, even rightly bound', async () => {
  const path = '/orders/../admin';
  const certificateSha256 = createHash('sha256').update(der).digest('hex');
  const context = bind(
    {
      reference: '0123456789abcdefghjk',
      client: 'acme',
      rule: 'allow-1',
      connection: 'backend',
      method: 'GET',
      path,
      stage: 'live',
      certificateSha256,
      strip: 0,
      to: '',
      expiresAt: start / 1000 + 20,
      notice: 'none',
      extendedRequestId: 'JJbxIGmHDoEF9zQ=',
    },
    key,
  );
  expect(await forwarded(proxied(arrival({ path }), context))).toEqual({ ...refused, code: 'path_malformed' });
});

describe('the second door', () => {
  test.each(['abc123def4.execute-api.eu-west-1.amazonaws.com', 'old.example.com', 'api.example.com.'])(
    'domain name %j leads to the same stage and is no door of ours',
    async (domainName) => {
      const lines: string[] = [];
      const asked = arrival();
      const event = authorizerEventOf({ ...api, domainName }, asked);
      await expect(authorizer(key, lines)(event)).rejects.toThrow('cannot decide');
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'failure', code: 'domain_unknown' });
    },
  );

  test.each(['test-invoke-stage', 'other'])('stage %s, for both functions', async (stage) => {
    const asked = arrival();
    const logged: string[] = [];
    await expect(authorizer(key, logged)(authorizerEventOf({ ...api, stage }, asked))).rejects.toThrow('cannot decide');
    expect(logged).toHaveLength(1);
    expect(await forwarded(proxied(asked, await contextFor(asked), stage))).toEqual({
      ...refused,
      code: 'stage_unknown',
    });
  });

  test('an event without a certificate: execute-api, a domain without mutual TLS', async () => {
    const event = authorizerEventOf(api, arrival()) as { requestContext: { identity: Fields } };
    event.requestContext.identity.clientCert = null;
    const asked = arrival();
    const { policyDocument } = await authorizer()(event);
    expect(policyDocument.Statement[0]).toMatchObject({ Effect: 'Deny', Resource: '*' });

    const proxy = proxied(asked, await contextFor(asked)) as { requestContext: { identity: Fields } };
    proxy.requestContext.identity.clientCert = null;
    expect(await forwarded(proxy)).toEqual({ ...refused, code: 'certificate_missing' });
  });

  test('a certificate in a header is no certificate', async () => {
    const { clientCertPem } = arrival().clientCert;
    const forged: Arrival['headers'] = [
      ['Client-Cert', `:${Buffer.from(der).toString('base64')}:`],
      ['X-Amzn-Mtls-Clientcert', encodeURIComponent(clientCertPem)],
      ['X-SSL-Client-Cert', clientCertPem.replaceAll('\n', ' ')],
    ];
    const asked = arrival({ leaf: otherDer, headers: forged });
    expect(Object.keys(await contextFor(asked)).sort()).toEqual(['reason', 'reference']);
  });
});
