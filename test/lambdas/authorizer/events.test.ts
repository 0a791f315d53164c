import fc from 'fast-check';
import { readEvent } from '../../../lambdas/authorizer/events.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import { http1Event, http2Event, restEvent } from './example-events.ts';

type Tree = { [name: string]: Tree | unknown };

/** The event with one member replaced; `undefined` removes it. */
function changed(event: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(event) as Tree;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let parent = copy;
  for (const name of names) parent = parent[name] as Tree;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const api = {
  ...{ partition: 'aws', region: 'eu-west-1', account: '222222222222', id: 'abc123def4', stage: 'live' },
  domainName: 'api.example.com',
};
const shared = { method: 'GET', path: '/orders/7', address: '203.0.113.9', api, certificatePem: 'PEM' };

describe('the three shapes of an authorizer event', () => {
  test('REST', () => {
    expect(readEvent(restEvent({ certificatePem: 'PEM' }))).toEqual({
      kind: 'rest',
      ...shared,
      extendedRequestId: 'JKJaXmPLvHcESHA=',
    });
  });

  test('HTTP API 1.0', () => {
    expect(readEvent(http1Event({ certificatePem: 'PEM' }))).toEqual({
      kind: 'http-1.0',
      ...shared,
      extendedRequestId: 'JKJaXmPLvHcESHA=',
    });
  });

  test('HTTP API 2.0, whose certificate and path stand elsewhere', () => {
    expect(readEvent(http2Event({ certificatePem: 'PEM' }))).toEqual({ kind: 'http-2.0', ...shared });
    expect(readEvent(http2Event({ stage: '$default' })).api.stage).toBe('$default');
    const domainOf = (domainName: unknown) =>
      readEvent(changed(http2Event(), 'requestContext.domainName', domainName)).api.domainName;
    expect(['API.Example.com', null, undefined].map(domainOf)).toEqual(['api.example.com', '', '']);
  });

  test.each([
    ['REST', restEvent],
    ['HTTP 1.0', http1Event],
    ['HTTP 2.0', http2Event],
  ])('%s without a certificate has none', (_, build) => {
    expect(readEvent(build()).certificatePem).toBeUndefined();
  });

  test('half a surrogate pair is no request id', () => {
    const event = changed(restEvent(), 'requestContext.extendedRequestId', '\ud800');
    expect(() => readEvent(event)).toThrow(ProblemError);
  });

  test('an access token comes once, behind Bearer, or not at all', () => {
    const bearerIn = (...values: unknown[]) =>
      readEvent({ ...restEvent(), headers: {}, multiValueHeaders: { Authorization: values } }).bearer;
    expect(bearerIn('Bearer a.b.c')).toBe('a.b.c');
    expect(bearerIn('bearer  a.b.c ')).toBe('a.b.c');
    for (const none of [
      [],
      ['Bearer a', 'Bearer a'],
      ['Basic a'],
      ['Bearer'],
      ['Bearer a,Bearer b'],
      ['Bearer a b'],
      [7],
    ]) {
      expect(bearerIn(...none)).toBeUndefined();
    }
    const twice = { Authorization: ['Bearer a'], authorization: ['Bearer a'] };
    expect(readEvent({ ...restEvent(), headers: {}, multiValueHeaders: twice }).bearer).toBeUndefined();
    expect(readEvent({ ...http2Event(), headers: { authorization: 'Bearer a' } }).bearer).toBe('a');
  });

  test('a key comes once, under any spelling of its header, or not at all', () => {
    const keyIn = (headers: unknown) => readEvent({ ...restEvent(), headers: {}, multiValueHeaders: headers }).key;
    expect(keyIn({ 'X-Sallyport-Key': ['k'] })).toBe('k');
    expect(keyIn({ x_sallyport_key: ['k'] })).toBe('k');
    for (const doubled of [{ 'X-Sallyport-Key': ['k', 'k'] }, { 'X-Sallyport-Key': ['k'], 'x-sallyport-key': ['k'] }]) {
      expect(keyIn(doubled)).toBeUndefined();
    }
    for (const none of [undefined, null, {}, { 'X-Sallyport-Key': [7] }, { 'X-Sallyport-Keys': ['k'] }]) {
      expect(keyIn(none)).toBeUndefined();
    }
    expect(readEvent({ ...http2Event(), headers: { 'x-sallyport-key': 'k' } }).key).toBe('k');
  });

  test('the certificate is never taken from a header, a printed name or the other shape’s place', () => {
    const forged = restEvent();
    forged.headers = { 'X-Amzn-Mtls-Clientcert': 'PEM', 'Client-Cert': ':UEVN:' };
    forged.authentication = { clientCert: { clientCertPem: 'PEM' } };
    expect(
      readEvent(changed(forged, 'requestContext.authentication', { clientCert: { clientCertPem: 'PEM' } }))
        .certificatePem,
    ).toBeUndefined();
    const other = changed(http2Event(), 'requestContext.identity', { clientCert: { clientCertPem: 'PEM' } });
    expect(readEvent(other).certificatePem).toBeUndefined();
  });

  test('the address is API Gateway’s, whatever X-Forwarded-For says', () => {
    expect(readEvent(restEvent()).address).toBe('203.0.113.9');
    expect(readEvent(restEvent({ address: '2001:db8::9' })).address).toBe('2001:db8::9');
  });
});

describe('an event that cannot be used is a typed problem', () => {
  const rest = restEvent({ certificatePem: 'PEM' });
  const http2 = http2Event({ certificatePem: 'PEM' });
  test.each([
    ['another type', changed(rest, 'type', 'TOKEN')],
    ['another version', changed(rest, 'version', '3.0')],
    ['a version that is a number', changed(rest, 'version', 1)],
    ['no ARN', changed(rest, 'methodArn', undefined)],
    ['an ARN of another service', changed(rest, 'methodArn', 'arn:aws:s3:::live/GET/')],
    ['a wildcard stage', changed(rest, 'methodArn', 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/*/GET/x')],
    [
      'a variable as stage',
      changed(rest, 'methodArn', 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/\u0024{aws:x}/GET/x'),
    ],
    ['an ARN of another API', changed(rest, 'requestContext.apiId', 'zzz')],
    ['a domain name that is no text', changed(rest, 'requestContext.domainName', ['api.example.com'])],
    ['a domain name longer than DNS has', changed(rest, 'requestContext.domainName', 'a'.repeat(254))],
    ['an ARN of another stage', changed(rest, 'requestContext.stage', 'test-invoke-stage')],
    ['an ARN of another method', changed(rest, 'httpMethod', 'POST')],
    ['no path', changed(rest, 'path', undefined)],
    ['an empty path', changed(rest, 'path', '')],
    ['a path without bound', changed(rest, 'path', `/${'a'.repeat(20_000)}`)],
    ['no request context', changed(rest, 'requestContext', undefined)],
    ['a request context that is a list', changed(rest, 'requestContext', [])],
    ['no identity', changed(rest, 'requestContext.identity', null)],
    ['no address', changed(rest, 'requestContext.identity.sourceIp', undefined)],
    ['an address that is none', changed(rest, 'requestContext.identity.sourceIp', '203.0.113.9, 192.0.2.1')],
    ['a console test', changed(rest, 'requestContext.identity.sourceIp', 'test-invoke-source-ip')],
    ['a certificate that is text', changed(rest, 'requestContext.identity.clientCert', 'PEM')],
    ['a certificate without PEM', changed(rest, 'requestContext.identity.clientCert.clientCertPem', undefined)],
    ['a PEM that is a list', changed(rest, 'requestContext.identity.clientCert.clientCertPem', ['PEM'])],
    ['a PEM without bound', changed(rest, 'requestContext.identity.clientCert.clientCertPem', 'x'.repeat(200_000))],
    ['a request id that is a number', changed(rest, 'requestContext.extendedRequestId', 7)],
    ['HTTP 2.0 without rawPath', changed(http2, 'rawPath', undefined)],
    ['HTTP 2.0 without http', changed(http2, 'requestContext.http', undefined)],
    ['HTTP 2.0 whose authentication is text', changed(http2, 'requestContext.authentication', 'PEM')],
    ['a REST event with the version of another', changed(rest, 'version', '2.0')],
  ])('%s', (_, event) => {
    expect(() => readEvent(event)).toThrow(ProblemError);
  });

  test('the message holds no value of the event', () => {
    const secret = 'secret-value';
    expect(() => readEvent(changed(restEvent(), 'requestContext.identity.sourceIp', secret))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });

  test('whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        expect(() => readEvent(event)).toThrow(ProblemError);
      }),
    );
  });

  test('whatever is put in one place of a good event: read or refused, never another error', () => {
    const places = [
      'type',
      'version',
      'methodArn',
      'path',
      'httpMethod',
      'requestContext',
      'requestContext.identity',
      'requestContext.apiId',
      'requestContext.stage',
      'requestContext.extendedRequestId',
      'requestContext.identity.sourceIp',
      'requestContext.identity.clientCert',
      'requestContext.identity.clientCert.clientCertPem',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        const event = changed(rest, place, value);
        try {
          const read = readEvent(event);
          expect(read.api).toEqual(api);
          expect(typeof read.path).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
    );
  });
});
