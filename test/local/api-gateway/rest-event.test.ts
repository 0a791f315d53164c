import { clientCertOf } from '../../../src/local/api-gateway/client-cert.ts';
import {
  type Arrival,
  authorizerEventOf,
  methodArnOf,
  proxyEventOf,
  requestTimeOf,
} from '../../../src/local/api-gateway/rest-event.ts';
import { acmeClient, api } from '../open-front.ts';

const clientCert = clientCertOf(acmeClient.der);
if (clientCert === undefined) throw new Error('The fixture has no certificate.');

const arrival: Arrival = {
  method: 'GET',
  path: '/orders/7%20a',
  query: new Map([
    ['page', ['1', '2']],
    ['empty', ['']],
  ]),
  headers: [
    ['Host', 'api.example.com:8443'],
    ['user-agent', 'curl/8.5.0'],
    ['X-Twice', 'first'],
    ['accept', '*/*'],
    ['x-twice', 'second'],
    ['AUTHORIZATION', 'Basic eDp5'],
    ['X-Forwarded-For', '192.0.2.66'],
    ['X-Forwarded-Proto', 'http'],
    ['Connection', 'keep-alive'],
    ['Content-Length', '3'],
    ['Expect', '100-continue'],
    ['TE', 'trailers'],
    ['Referer', 'https://partner.example/'],
    ['Proxy-Authenticate', 'Basic'],
  ],
  sourceIp: '203.0.113.9',
  clientCert,
  at: Date.UTC(2026, 10, 2, 3, 4, 5, 678),
  requestId: '7f5f0e5a-0d5b-4b7e-9a0c-6b2f0c1d2e3f',
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  traceId: 'Root=1-6926a0f5-0123456789abcdef01234567',
};

const headers = {
  accept: '*/*',
  Authorization: 'Basic eDp5',
  Host: 'api.example.com',
  'User-Agent': 'curl/8.5.0',
  'X-Amzn-Trace-Id': 'Root=1-6926a0f5-0123456789abcdef01234567',
  'X-Forwarded-For': '192.0.2.66, 203.0.113.9',
  'X-Forwarded-Port': '443',
  'X-Forwarded-Proto': 'https',
  'X-Twice': 'second',
};

const requestContext = {
  accountId: '222222222222',
  apiId: 'abc123def4',
  domainName: 'api.example.com',
  domainPrefix: 'api',
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  httpMethod: 'GET',
  identity: {
    accessKey: null,
    accountId: null,
    caller: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: '203.0.113.9',
    user: null,
    userAgent: 'curl/8.5.0',
    userArn: null,
    clientCert,
  },
  path: '/orders/7%20a',
  protocol: 'HTTP/1.1',
  requestId: '7f5f0e5a-0d5b-4b7e-9a0c-6b2f0c1d2e3f',
  requestTime: '02/Nov/2026:03:04:05 +0000',
  requestTimeEpoch: arrival.at,
  resourceId: '05c7jb',
  resourcePath: '/{proxy+}',
  stage: 'live',
};

const multiValueHeaders = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [name, name === 'X-Twice' ? ['first', 'second'] : [value]]),
);

describe('the authorizer’s event', () => {
  test('byte for byte', () => {
    expect(JSON.stringify(authorizerEventOf(api, arrival))).toBe(
      JSON.stringify({
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live/GET/orders/7%20a',
        resource: '/{proxy+}',
        path: '/orders/7%20a',
        httpMethod: 'GET',
        headers,
        multiValueHeaders,
        queryStringParameters: { page: '2', empty: '' },
        multiValueQueryStringParameters: { page: ['1', '2'], empty: [''] },
        pathParameters: { proxy: 'orders/7%20a' },
        stageVariables: {},
        requestContext,
      }),
    );
  });

  test('has empty maps where there is nothing', () => {
    expect(authorizerEventOf(api, { ...arrival, path: '/', query: new Map() })).toMatchObject({
      methodArn: 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live/GET/',
      resource: '/',
      queryStringParameters: {},
      pathParameters: {},
      requestContext: { resourceId: 'root000000', resourcePath: '/' },
    });
  });
});

describe('the proxy integration’s event', () => {
  const authorizer = { principalId: 'acme', client: 'acme', integrationLatency: 3 };

  test('byte for byte', () => {
    const { accountId, apiId, ...rest } = requestContext;
    expect(JSON.stringify(proxyEventOf(api, arrival, authorizer, Buffer.from('{"a":1}')))).toBe(
      JSON.stringify({
        resource: '/{proxy+}',
        path: '/orders/7%20a',
        httpMethod: 'GET',
        headers,
        multiValueHeaders,
        queryStringParameters: { page: '2', empty: '' },
        multiValueQueryStringParameters: { page: ['1', '2'], empty: [''] },
        pathParameters: { proxy: 'orders/7%20a' },
        stageVariables: null,
        requestContext: { accountId, apiId, authorizer, ...rest },
        body: 'eyJhIjoxfQ==',
        isBase64Encoded: true,
      }),
    );
  });

  test('has null where there is nothing', () => {
    const event = proxyEventOf(api, { ...arrival, path: '/', query: new Map() }, authorizer, new Uint8Array(0));
    expect(event).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
  });

  test('a name that every object has is a name like any other', () => {
    const query = new Map([['__proto__', ['x']]]);
    const event = proxyEventOf(
      api,
      { ...arrival, query, headers: [['__proto__', 'y']] },
      authorizer,
      new Uint8Array(0),
    );
    expect(JSON.stringify(event)).toContain('"queryStringParameters":{"__proto__":"x"}');
    expect(JSON.stringify(event)).toContain('"__proto__":"y"');
  });
});

test('the method ARN holds the raw path', () => {
  expect(methodArnOf(api, { method: 'POST', path: '/a/*?' })).toBe(
    'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live/POST/a/*?',
  );
});

test('the time is written as the access log writes it', () => {
  expect(requestTimeOf(Date.UTC(2026, 0, 1))).toBe('01/Jan/2026:00:00:00 +0000');
  expect(requestTimeOf(Date.UTC(2026, 11, 31, 23, 59, 59, 999))).toBe('31/Dec/2026:23:59:59 +0000');
});
