import { Agent } from 'node:https';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import type { LambdaFunction } from '../../src/local/api-gateway/invoke.ts';
import { during } from '../pki.ts';
import { acme, type Call, call, type Front, openFront, stranger } from './open-front.ts';

const megabyte = 1024 * 1024;
const rejecting =
  (message: string): LambdaFunction =>
  async () => {
    throw new Error(message);
  };
const policy = (Effect: string, Resource: string) => ({
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
});

/** One call against a front of its own. */
async function once(means: Parameters<typeof openFront>[0], path = '/orders', options: Call = {}) {
  const front = await openFront(means);
  try {
    return { reply: await call(front.port, path, options), front };
  } finally {
    await front.close();
  }
}

describe('the edge', () => {
  test('refuses what the truststore does not admit before any function is called', async () => {
    const { reply, front } = await once({}, '/orders', { client: stranger });
    expect(reply).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' });
    expect(reply.headers['x-amzn-errortype']).toBe('ForbiddenException');
    expect(front.authorizerEvents).toEqual([]);
    expect(front.exchanges[0]?.edge?.message).toMatch(/^Access denied\. Reason: /);
  });

  test('does not take an intermediate from the client', async () => {
    const below = acme.ca({ subject: 'Acme Issuing' }).issue({ subject: 'orders-client' });
    expect((await once({}, '/orders', { client: below })).reply).toMatchObject({
      status: 403,
      text: '{"message":"Forbidden"}',
    });
  });

  test('refuses an expired certificate', async () => {
    const expired = acme.issue({ subject: 'late', notAfter: during - 1000 });
    const { reply, front } = await once({}, '/orders', { client: expired });
    expect(reply.status).toBe(403);
    expect(front.exchanges[0]?.edge?.code).toBe('expired');
  });

  test('a truststore that changes counts for the next request of an open connection', async () => {
    let truststore = [parseCertificate(acme.der)];
    const changing = await openFront({ truststore: () => truststore });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await call(changing.port, '/orders', { agent })).status).toBe(200);
    truststore = [];
    expect((await call(changing.port, '/orders', { agent })).status).toBe(403);
    agent.destroy();
    await changing.close();
  });
});

describe('what API Gateway answers by itself', () => {
  let front: Front;
  beforeAll(async () => {
    front = await openFront();
  });
  afterAll(() => front.close());

  test.each<[string, string, Call, number, string]>([
    ['an unencoded |', '/orders?a=b|c', {}, 400, 'Bad Request'],
    ['a query that is no encoding', '/orders?a=%zz', {}, 400, 'Bad Request'],
    ['a target that is no path', 'orders', {}, 400, 'Bad Request'],
    ['absolute form of another host', 'https://other.example/orders', {}, 400, 'Bad Request'],
    ['absolute form without TLS', 'http://api.example.com/orders', {}, 400, 'Bad Request'],
    ['absolute form with user info', 'https://a@api.example.com/orders', {}, 400, 'Bad Request'],
    ['another Host', '/orders', { headers: { Host: 'other.example' } }, 403, 'Forbidden'],
    ['a method that ANY does not cover', '/orders', { method: 'PROPFIND' }, 403, 'Missing Authentication Token'],
    ['a method ARN over 1,600 bytes', `/${'a'.repeat(1600)}`, {}, 414, 'Request URI Too Long'],
    ['a URL over 10,240 bytes', `/orders?a=${'a'.repeat(10_240)}`, {}, 414, 'Request URI Too Long'],
    [
      'header lines over 20,480 bytes',
      '/orders',
      { headers: { 'X-Long': 'a'.repeat(20_480) } },
      431,
      'Request Header Fields Too Large',
    ],
    [
      'a body announced over 10 MB',
      '/orders',
      { method: 'POST', headers: { 'Content-Length': 10 * megabyte + 1 }, body: 'x' },
      413,
      'Request Too Long',
    ],
  ])('%s', async (_, path, options, status, message) => {
    const before = front.authorizerEvents.length;
    const reply = await call(front.port, path, options);
    expect(reply).toMatchObject({ status, text: JSON.stringify({ message }) });
    expect(reply.headers['content-type']).toBe('application/json');
    expect(front.authorizerEvents.length).toBe(before);
  });

  test.each(['/ping', '/sping'])('%s belongs to API Gateway', async (path) => {
    const before = front.authorizerEvents.length;
    expect((await call(front.port, path)).status).toBe(200);
    expect(front.authorizerEvents.length).toBe(before);
  });

  test('the domain is reached under its name in any case, with a port', async () => {
    expect((await call(front.port, '/orders', { headers: { Host: 'API.example.com:8443' } })).status).toBe(200);
  });

  test('a method ARN of exactly 1,600 bytes passes', async () => {
    const prefix = 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live/GET/'.length;
    expect((await call(front.port, `/${'a'.repeat(1600 - prefix)}`)).status).toBe(200);
  });

  test('a body over 10 MB that was not announced', async () => {
    const reply = await call(front.port, '/orders', {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: Buffer.alloc(10 * megabyte + 1),
    }).catch((error: NodeJS.ErrnoException) => error.code);
    // The client may still be sending when the connection ends.
    expect(['ECONNRESET', 'EPIPE', 413]).toContain(typeof reply === 'object' ? reply.status : reply);
  });

  test('a body that Lambda cannot take: 6 MB as base64 in JSON', async () => {
    const post = (size: number) => call(front.port, '/orders', { method: 'POST', body: Buffer.alloc(size) });
    expect(await post(5 * megabyte)).toMatchObject({ status: 413, text: '{"message":"Request Too Long"}' });
    expect((await post(4 * megabyte)).status).toBe(200);
  });
});

describe('the authorizer’s answer', () => {
  const context = { reference: '01234567000000000000', reason: 'path_not_allowed' };
  const denies = async () => ({ principalId: '-', policyDocument: policy('Deny', '*'), context });

  test('a Deny becomes the gateway response, filled from its context', async () => {
    const { reply, front } = await once({ authorizer: denies });
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text)).toEqual({
      message: 'Forbidden',
      reference: '01234567000000000000',
      reason: 'path_not_allowed',
      yourAddress: '127.0.0.1',
      support: 'api-team@example.com',
    });
    expect(reply.headers['x-sallyport-reference']).toBe('01234567000000000000');
    expect(reply.headers['x-amzn-errortype']).toBe('AccessDeniedException');
    expect(front.forwarderEvents).toEqual([]);
    expect(front.exchanges[0]).toMatchObject({ status: 403, reference: '01234567000000000000' });
  });

  test('a defect of the front closes, and says so to its operator', async () => {
    const front = () => {
      throw new Error('no front');
    };
    const { reply, front: opened } = await once({ front });
    expect(reply).toMatchObject({ status: 500, text: '{"message":null}' });
    expect(opened.exchanges[0]?.failure).toBe('no front');
    expect(opened.forwarderEvents).toEqual([]);
  });

  test('a policy without a match is a refusal too', async () => {
    const authorizer = async () => ({
      principalId: 'acme',
      policyDocument: policy('Allow', 'arn:aws:*/POST/*'),
      context,
    });
    const { reply, front } = await once({ authorizer });
    expect(reply.status).toBe(403);
    expect(front.forwarderEvents).toEqual([]);
  });

  test.each<[string, LambdaFunction, number, string]>([
    ['throws Unauthorized', rejecting('Unauthorized'), 401, '{"message":"Unauthorized"}'],
    ['throws anything else', rejecting('Unauthorized.'), 500, '{"message":null}'],
    ['returns nothing', async () => undefined, 500, '{"message":null}'],
    ['has no principal', async () => ({ policyDocument: policy('Allow', '*') }), 500, '{"message":null}'],
    ['has no policy', async () => ({ principalId: 'acme' }), 500, '{"message":null}'],
    [
      'has a list in its context',
      async () => ({ principalId: 'acme', policyDocument: policy('Allow', '*'), context: { a: [] } }),
      500,
      '{"message":null}',
    ],
    ['takes too long', () => new Promise(() => {}), 500, '{"message":null}'],
  ])('an authorizer that %s', async (_, authorizer, status, text) => {
    const { reply, front } = await once({ authorizer, times: { authorizerMilliseconds: 50 } });
    expect(reply).toMatchObject({ status, text });
    expect(front.forwarderEvents).toEqual([]);
  });
});

describe('the events that functions get', () => {
  test('have passed through JSON: an authorizer cannot change what the forwarder sees', async () => {
    const { front } = await once({
      authorizer: async (event) => {
        (event as { path: string }).path = '/admin';
        return { principalId: 'acme', policyDocument: policy('Allow', '*'), context: { first: true, attempt: 1 } };
      },
    });
    expect(front.forwarderEvents[0]).toMatchObject({
      path: '/orders',
      requestContext: {
        authorizer: { principalId: 'acme', first: 'true', attempt: '1', integrationLatency: expect.any(Number) },
      },
    });
  });

  test('agree about the request, and carry ids of their shape', async () => {
    const { front } = await once({}, '/orders/a%2Fb;c?x=1&x=2');
    const [asked, forwarded] = [front.authorizerEvents[0], front.forwarderEvents[0]];
    const { authorizer: _, ...rest } = forwarded?.requestContext ?? {};
    expect(rest).toEqual(asked?.requestContext);
    expect(forwarded?.path).toBe('/orders/a%2Fb;c');
    expect(forwarded?.headers).toEqual(asked?.headers);
    expect(rest).toMatchObject({
      requestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      extendedRequestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
      identity: { sourceIp: '127.0.0.1' },
    });
    expect(asked?.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  test('any body is base64, JSON too', async () => {
    const { front } = await once({}, '/orders', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(front.forwarderEvents[0]).toMatchObject({ body: 'eyJhIjoxfQ==', isBase64Encoded: true });
  });
});

describe('the integration’s answer', () => {
  test('comes back with the headers that API Gateway adds', async () => {
    const { reply, front } = await once({
      forwarder: async () => ({
        statusCode: 201,
        headers: { Server: 'demo', 'Transfer-Encoding': 'chunked', 'X-One': '1' },
        multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
        body: Buffer.from([0, 255, 128]).toString('base64'),
        isBase64Encoded: true,
      }),
    });
    const { requestId, extendedRequestId } = front.authorizerEvents[0]?.requestContext ?? {};
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({
      'x-amzn-remapped-server': 'demo',
      'x-one': '1',
      'set-cookie': ['a=1', 'b=2'],
      'content-type': 'application/json',
      'content-length': '3',
      'x-amzn-requestid': requestId,
      'x-amz-apigw-id': extendedRequestId,
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-/),
    });
    expect(reply.headers['transfer-encoding']).toBeUndefined();
    expect(reply.rawHeaders).toEqual(expect.arrayContaining(['x-amzn-RequestId', 'x-amz-apigw-id', 'X-Amzn-Trace-Id']));
  });

  test.each([204, 304])('%i has no body', async (statusCode) => {
    const { reply } = await once({ forwarder: async () => ({ statusCode, body: 'x' }) });
    expect(reply).toMatchObject({ status: statusCode, text: '' });
  });

  test('HEAD has a head alone', async () => {
    const { reply } = await once({ forwarder: async () => ({ statusCode: 200, body: '' }) }, '/orders', {
      method: 'HEAD',
    });
    expect(reply).toMatchObject({ status: 200, text: '' });
  });

  test.each<[string, LambdaFunction, number, string]>([
    ['throws', rejecting('boom'), 502, '{"message":"Internal server error"}'],
    ['answers something else', async () => 'ok', 502, '{"message":"Internal server error"}'],
    [
      'answers more than 6 MB',
      async () => ({ statusCode: 200, body: 'x'.repeat(6 * megabyte) }),
      502,
      '{"message":"Internal server error"}',
    ],
    ['takes longer than its time', () => new Promise(() => {}), 504, '{"message":"Endpoint request timed out"}'],
  ])('an integration that %s', async (_, forwarder, status, text) => {
    const { reply } = await once({ forwarder, times: { integrationMilliseconds: 50 } });
    expect(reply).toMatchObject({ status, text });
  });

  test('a function is told how much time is left', async () => {
    const left: number[] = [];
    await once({
      forwarder: async (_, context) => {
        left.push(context.getRemainingTimeInMillis());
        return { statusCode: 200 };
      },
    });
    expect(left[0]).toBeGreaterThan(20_000);
    expect(left[0]).toBeLessThanOrEqual(29_000);
  });
});
