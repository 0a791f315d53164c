import { Readable } from 'node:stream';
import fc from 'fast-check';
import { createForwarder } from '../../../lambdas/forwarder/forward-event.ts';
import { bind } from '../../../src/core/binding.ts';
import { pemFromDer } from '../../../src/core/x509/pem.ts';
import type { Connection, Inbound } from '../../../src/forward/connection.ts';
import { ForwardError } from '../../../src/forward/failure.ts';
import type { Header } from '../../../src/forward/headers.ts';
import { answerWithRequest, closeAll, config, connection, httpServer } from '../../forward/loopback.ts';
import { bound, extendedRequestId, harness, key, leaf, now, reference, restEvent, stranger } from './fixture.ts';

afterEach(closeAll);

const inbound = (body: Uint8Array | string, headers: readonly Header[] = [], status = 200): Connection['forward'] => {
  return async (): Promise<Inbound> => ({
    status,
    headers,
    body: Readable.from(body === '' ? [] : [Buffer.from(body)]),
  });
};
const forwarded = async (forward: Connection['forward'], event: unknown = restEvent()) =>
  createForwarder(harness(forward).means)(event);

test('a bound request reaches the backend byte for byte, with the prefix replaced', async () => {
  const { port } = await httpServer(answerWithRequest);
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const { means, record } = harness();
  const result = await createForwarder({ ...means, connection: () => through })(restEvent());
  expect(result.statusCode).toBe(200);
  const seen = JSON.parse(Buffer.from(result.body, 'base64').toString('utf8'));
  expect(seen).toMatchObject({
    method: 'POST',
    url: '/Orders/rest/v1/a%2Fb/7;v=1?a=1&a=2&b%20c=%2B%26',
    body: 'AP8K',
  });
  const raw = seen.rawHeaders as string[];
  const fields = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []));
  expect(fields.sort()).toEqual([
    'accept: text/a',
    'accept: text/b',
    `client-cert: :${Buffer.from(leaf.der).toString('base64')}:`,
    'connection: keep-alive',
    'content-length: 3',
    `host: 127.0.0.1:${port}`,
    'x-forwarded-for: 198.51.100.9',
    'x-sallyport-client: acme',
    `x-sallyport-reference: ${reference}`,
  ]);
  expect(record()).toEqual({
    format: 1,
    type: 'forward',
    time: '2026-11-22T03:34:00.000Z',
    reference,
    client: 'acme',
    rule: 'allow-1',
    connection: 'erp',
    outcome: 'answered',
    status: 200,
    requestBytes: 3,
    responseBytes: result.body.length * 0.75 - (result.body.match(/=/g)?.length ?? 0),
    durationMilliseconds: 0,
  });
});

test('the caller is told what of its path ends soon', async () => {
  const told = async (notice: string) =>
    (await forwarded(inbound(''), restEvent({ bound: { notice } }))).multiValueHeaders ?? {};
  expect(await told('c12.a40')).toMatchObject({
    'X-Sallyport-Certificate-Days-Left': ['12'],
    'X-Sallyport-Authority-Days-Left': ['40'],
  });
  expect(Object.keys(await told('none')).filter((name) => name.includes('Days-Left'))).toEqual([]);
});

describe('refused, without a byte sent to the backend', () => {
  const { mac: _, ...withoutMac } = bind(bound, key);
  const other = { method: 'GET', path: '/orders/8', stage: 'test' };
  test.each<[string, unknown]>([
    ['binding_invalid', restEvent({ context: { authorizer: undefined } })],
    ['binding_invalid', restEvent({ context: { authorizer: null } })],
    ['binding_invalid', restEvent({ context: { authorizer: withoutMac } })],
    ['binding_invalid', restEvent({ authorizer: { mac: 'A'.repeat(43) } })],
    ['binding_invalid', restEvent({ authorizer: { client: 'globex' } })],
    ['binding_invalid', restEvent({ authorizer: { connection: 'crm' } })],
    ['binding_invalid', restEvent({ authorizer: { strip: '0' } })],
    ['binding_invalid', restEvent({ authorizer: { to: 'L2FkbWlu' } })],
    ['binding_invalid', restEvent({ authorizer: { expires: String(bound.expiresAt + 1) } })],
    ['binding_invalid', restEvent({ authorizer: { notice: 'c1' } })],
    ['binding_invalid', restEvent({ authorizer: { bound: 'none' } })],
    ['binding_invalid', restEvent({ event: { httpMethod: other.method } })],
    ['binding_invalid', restEvent({ event: { path: other.path } })],
    ['binding_invalid', restEvent({ event: { path: '/Orders/a%2Fb/7;v=1' } })],
    ['binding_invalid', restEvent({ context: { extendedRequestId: 'another=' } })],
    ['binding_invalid', restEvent({ context: { extendedRequestId: undefined } })],
    ['binding_invalid', restEvent({ identity: { clientCert: { clientCertPem: pemFromDer(stranger.der) } } })],
    ['binding_invalid', restEvent({ bound: { expiresAt: now / 1000 } })],
    ['binding_invalid', restEvent({ bound: { expiresAt: now / 1000 + 31 } })],
    ['stage_unknown', restEvent({ context: { stage: 'test-invoke-stage' } })],
    ['stage_unknown', restEvent({ bound: { stage: 'test-invoke-stage' } })],
    ['stage_unknown', restEvent({ bound: { stage: other.stage } })],
    ['certificate_missing', restEvent({ identity: { clientCert: null } })],
    ['certificate_missing', restEvent({ identity: { clientCert: undefined } })],
    ['pem_malformed', restEvent({ identity: { clientCert: { clientCertPem: 'none' } } })],
    ['pem_malformed', restEvent({ identity: { clientCert: { clientCertPem: pemFromDer(leaf.der).repeat(2) } } })],
    ['path_malformed', restEvent({ bound: { path: '/orders/../admin' } })],
    ['path_malformed', restEvent({ bound: { path: '/orders/%2e%2e/admin' } })],
    ['path_malformed', restEvent({ bound: { path: '/orders//admin' } })],
    ['path_malformed', restEvent({ bound: { path: 'orders' } })],
    ['event_malformed', {}],
    ['event_malformed', null],
    ['event_malformed', 'event'],
    ['event_malformed', restEvent({ event: { version: '3.0' } })],
    ['event_malformed', restEvent({ event: { body: 7 } })],
    ['event_malformed', restEvent({ event: { multiValueHeaders: { Accept: 'text/a' } } })],
    ['query_malformed', restEvent({ event: { multiValueQueryStringParameters: { a: ['\ud800'] } } })],
  ])('%s (%#)', async (code, event) => {
    const { means, sent, record } = harness();
    const result = await createForwarder(means)(event);
    expect(result.statusCode).toBe(403);
    expect(sent).toEqual([]);
    const log = record();
    expect(log).toMatchObject({ outcome: 'refused', status: 403, code });
    expect(JSON.parse(result.body)).toEqual({ message: 'Forbidden', reference: log.reference, reason: 'undisclosed' });
    expect(result.multiValueHeaders).toMatchObject({ 'X-Sallyport-Reference': [log.reference] });
    if (code === 'binding_invalid' && log.reference !== 'none')
      expect(['another=', extendedRequestId]).toContain(log.reference);
  });

  test('a key that is not ours, and no key at all', async () => {
    for (const keys of [[Buffer.alloc(32, 1)], []]) {
      const { means, sent } = harness(undefined, keys);
      expect((await createForwarder(means)(restEvent())).statusCode).toBe(403);
      expect(sent).toEqual([]);
    }
  });

  test('a binding is not good for a second path, method or certificate (replay)', async () => {
    const authorizer = bind(bound, key);
    const { means } = harness(inbound('ok'));
    const handler = createForwarder(means);
    const replayed = (changes: Parameters<typeof restEvent>[0]) => restEvent({ ...changes, authorizer });
    expect((await handler(replayed({}))).statusCode).toBe(200);
    expect((await handler(replayed({ bound: { path: '/orders/9' } }))).statusCode).toBe(403);
    expect((await handler(replayed({ bound: { method: 'DELETE' } }))).statusCode).toBe(403);
  });

  test('an odd request id reaches neither the log nor the answer', async () => {
    const { means, record } = harness();
    await createForwarder(means)(restEvent({ context: { extendedRequestId: 'a"\n\u001b[31m' } }));
    expect(record().reference).toBe('none');
  });
});

test('HTTP API 1.0: the same event with a version', async () => {
  const { means, sent } = harness(inbound('ok'));
  const result = await createForwarder(means)(restEvent({ event: { version: '1.0' } }));
  expect(result.statusCode).toBe(200);
  expect(sent[0]).toMatchObject({ query: 'a=1&a=2&b%20c=%2B%26', client: 'acme' });
});

const http2Event = (changes: Record<string, unknown> = {}) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/orders/7',
  rawQueryString: 'a=%2B&b&a=1',
  cookies: ['a=b', 'c=d'],
  headers: { accept: 'text/a,text/b', 'content-type': 'text/plain' },
  requestContext: {
    authentication: { clientCert: { clientCertPem: pemFromDer(leaf.der) } },
    authorizer: { lambda: bind({ ...bound, path: '/orders/7', extendedRequestId: undefined }, key) },
    http: { method: 'POST', path: '/orders/7', protocol: 'HTTP/1.1', sourceIp: '2001:db8::7' },
    stage: 'live',
  },
  body: 'ä',
  isBase64Encoded: false,
  ...changes,
});

test('HTTP API 2.0: the raw query, joined headers, cookies both ways', async () => {
  const answer: Header[] = [
    ['Set-Cookie', 'a=b'],
    ['X-Y', '1'],
    ['x-y', '2'],
    ['set-cookie', 'c=d'],
    ['Content-Type', 'text/plain'],
  ];
  const { means, sent } = harness(inbound('ok', answer));
  expect(await createForwarder(means)(http2Event())).toEqual({
    statusCode: 200,
    headers: { 'X-Y': '1, 2', 'Content-Type': 'text/plain', 'X-Sallyport-Reference': reference },
    cookies: ['a=b', 'c=d'],
    body: 'ok',
    isBase64Encoded: false,
  });
  expect(sent[0]).toMatchObject({
    target: '/Orders/rest/v1/7',
    query: 'a=%2B&b&a=1',
    headers: [
      ['accept', 'text/a,text/b'],
      ['content-type', 'text/plain'],
      ['cookie', 'a=b; c=d'],
    ],
    body: Buffer.from('ä'),
    address: '2001:db8::7',
  });
  for (const rawQueryString of ['a b', 'a\r\nX-Y: 1', 'a#b', 'ä']) {
    expect((await createForwarder(means)(http2Event({ rawQueryString }))).statusCode).toBe(403);
  }
});

test.each<[string, string | Uint8Array, Header[], boolean]>([
  ['JSON', '{"a":"é"}', [['Content-Type', 'application/json; charset=utf-8']], false],
  ['a JSON dialect', '{}', [['content-type', 'application/problem+json']], false],
  ['XML', '<a/>', [['Content-Type', 'application/soap+xml']], false],
  ['text that is not UTF-8', Buffer.from([0x66, 0xe9]), [['Content-Type', 'text/plain; charset=iso-8859-1']], true],
  [
    'coded text',
    'abc',
    [
      ['Content-Type', 'text/plain'],
      ['Content-Encoding', 'gzip'],
    ],
    true,
  ],
  ['an image', Buffer.from([0x89, 0x50, 0, 255]), [['Content-Type', 'image/png']], true],
  ['nothing said', 'abc', [], true],
])('%s comes back with its bytes', async (_, body, headers, isBase64Encoded) => {
  const result = await forwarded(inbound(body, headers));
  expect(result.isBase64Encoded).toBe(isBase64Encoded);
  expect(Buffer.from(result.body, isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(body));
  const [, type] = headers[0] ?? ['', 'application/octet-stream'];
  expect(Object.entries(result.multiValueHeaders ?? {}).find(([name]) => /^content-type$/i.test(name))?.[1]).toEqual([
    type,
  ]);
});

test('any bytes come back whatever they are called', async () => {
  const types = fc.constantFrom('text/plain', 'application/json', 'application/octet-stream', 'image/png', '');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), types, async (bytes, type) => {
      const result = await forwarded(inbound(bytes, type === '' ? [] : [['Content-Type', type]]));
      expect(new Uint8Array(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'))).toEqual(bytes);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    }),
  );
});

test('header fields that API Gateway would remap are not given to it; Set-Cookie keeps its values', async () => {
  const result = await forwarded(
    inbound(
      '',
      [
        ['Date', 'Sun, 22 Nov 2026 03:34:00 GMT'],
        ['Server', 'nginx'],
        ['WWW-Authenticate', 'Basic realm="erp"'],
        ['Set-Cookie', 'a=b'],
        ['set-cookie', 'c=d'],
        ['__proto__', 'x'],
      ],
      401,
    ),
  );
  expect(result).toEqual({
    statusCode: 401,
    multiValueHeaders: Object.fromEntries([
      ['Set-Cookie', ['a=b', 'c=d']],
      ['__proto__', ['x']],
      ['X-Sallyport-Reference', [reference]],
    ]),
    body: '',
    isBase64Encoded: true,
  });
});

test('an answer of more than 6 MB as Lambda counts is a clear 502, and the backend is let go', async () => {
  const text: Header[] = [['Content-Type', 'text/plain']];
  for (const [bytes, headers, fill] of [
    [4_800_000, [], 'a'],
    [6_300_000, text, 'a'],
    // Each of these is two characters in JSON.
    [3_500_000, text, '"'],
  ] as const) {
    const body = Readable.from(
      (function* () {
        for (let sent = 0; sent < bytes; sent += 100_000) yield Buffer.alloc(100_000, fill);
      })(),
    );
    const { means, record } = harness(async () => ({ status: 200, headers, body }));
    const result = await createForwarder(means)(restEvent());
    expect(JSON.parse(result.body)).toEqual({ message: 'Bad gateway', reference, code: 'answer_too_large' });
    expect(result.statusCode).toBe(502);
    expect(record()).toMatchObject({
      outcome: 'failed',
      code: 'answer_too_large',
      remedy: expect.stringContaining('streaming'),
    });
    expect(body.destroyed).toBe(true);
  }
  const large = await forwarded(inbound(Buffer.alloc(4_600_000), []));
  expect(large.statusCode).toBe(200);
  expect(JSON.stringify(large).length).toBeLessThan(6 * 1024 * 1024);
});

test('a request of more than 6 MB is a clear 413', async () => {
  const { means, sent, record } = harness();
  const result = await createForwarder(means)(restEvent({ event: { body: 'A'.repeat(6 * 1024 * 1024 + 4) } }));
  expect(result.statusCode).toBe(413);
  expect(JSON.parse(result.body)).toEqual({ message: 'Request too large', reference, code: 'request_too_large' });
  expect(sent).toEqual([]);
  expect(record()).toMatchObject({ status: 413, client: 'acme' });
});

test('a connection that the stack lacks is named to the operator only', async () => {
  const { means, record } = harness();
  const result = await createForwarder(means)(restEvent({ bound: { connection: 'crm' } }));
  expect(JSON.parse(result.body)).toEqual({ message: 'Bad gateway', reference, code: 'connection_unknown' });
  expect(record()).toMatchObject({
    code: 'connection_unknown',
    detail: 'crm',
    remedy: expect.stringContaining('deploy'),
  });
});

test.each([
  [28_000, 27_000],
  [10_000, 9_500],
  [400, 0],
])('with %i ms left the backend has %i', async (remaining, deadlineMilliseconds) => {
  const { means, sent } = harness(inbound('ok'));
  await createForwarder(means)(restEvent(), { getRemainingTimeInMillis: () => remaining });
  expect(sent[0]).toMatchObject({ deadlineMilliseconds });
});

test('a slow backend is a 504 with the reference, in its header fields or in the middle of its body', async () => {
  const { port } = await httpServer((request, response) => {
    if (request.url?.includes('body')) response.write('half');
  });
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const { means, record } = harness();
  const handler = createForwarder({ ...means, connection: () => through });
  for (const [path, code] of [
    ['/orders/7', 'headers_timeout'],
    ['/orders/body', 'body_timeout'],
  ] as const) {
    const result = await handler(restEvent({ bound: { path } }), { getRemainingTimeInMillis: () => 600 });
    expect(result.statusCode).toBe(504);
    expect(JSON.parse(result.body)).toEqual({ message: 'Gateway timeout', reference, code });
    expect(record()).toMatchObject({ status: 504, code });
  }
});

test.each([199, 600, 999])('status %i of a backend is none that API Gateway takes', async (status) => {
  const result = await forwarded(inbound('ok', [], status));
  expect(JSON.parse(result.body)).toMatchObject({ code: 'answer_status' });
});

test('the log has no path, query, header or body, and one line a request', async () => {
  const secretive = { multiValueHeaders: { 'X-Token': ['hunter2'] }, body: 'hunter2', isBase64Encoded: false };
  const query = { multiValueQueryStringParameters: { token: ['hunter2'] } };
  for (const forward of [
    inbound('hunter2'),
    async () => Promise.reject(new Error('hunter2')),
    async () =>
      Promise.reject(new ForwardError('closed', 'erp.example:443: ECONNRESET', { cause: new Error('hunter2') })),
  ]) {
    const { means, lines } = harness(forward);
    await createForwarder(means)(restEvent({ event: { ...secretive, ...query } }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(lines[0]).not.toMatch(/hunter2|orders|Token/i);
  }
});

test('events changed anywhere give an answer, and only the true one gets through', async () => {
  const places = [
    'path',
    'httpMethod',
    'multiValueHeaders',
    'multiValueQueryStringParameters',
    'requestContext',
    'body',
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.anything(), async (place, value) => {
      const { means, sent } = harness(inbound('ok'));
      const result = await createForwarder(means)(restEvent({ event: { [place]: value } }));
      expect([200, 403, 502]).toContain(result.statusCode);
      if (place === 'path' || place === 'httpMethod' || place === 'requestContext') expect(sent).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['HEAD', 200],
  ['GET', 204],
  ['GET', 304],
])('%s with %i has no body and no invented type', async (method, status) => {
  const { port } = await httpServer((_, response) => {
    response.writeHead(status, method === 'HEAD' ? { 'Content-Length': '7', ETag: '"a"' } : { ETag: '"a"' });
    response.end();
  });
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const handler = createForwarder({ ...harness().means, connection: () => through });
  const result = await handler(restEvent({ bound: { method }, event: { body: null, isBase64Encoded: false } }));
  expect(result).toEqual({
    statusCode: status,
    multiValueHeaders: { ETag: ['"a"'], 'X-Sallyport-Reference': [reference] },
    body: '',
    isBase64Encoded: true,
  });
});
