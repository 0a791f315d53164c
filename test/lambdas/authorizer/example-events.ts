/** Events as API Gateway documents them, around one certificate. Domains, addresses and accounts are examples. */
export interface EventParts {
  readonly method?: string;
  readonly path?: string;
  readonly address?: string;
  readonly stage?: string;
  readonly certificatePem?: string;
}

const defaults = { method: 'GET', path: '/orders/7', address: '203.0.113.9', stage: 'live' };

function clientCertOf(certificatePem: string): object {
  return {
    clientCertPem: certificatePem,
    subjectDN: 'C=NL,O=Globex,CN=not-to-be-believed',
    issuerDN: 'C=NL,O=Globex,CN=not-to-be-believed-either',
    serialNumber: '1',
    validity: { notBefore: 'May 28 12:30:02 2019 GMT', notAfter: 'Aug  5 09:36:04 2121 GMT' },
  };
}

export function restEvent(parts: EventParts = {}): Record<string, unknown> {
  const { method, path, address, stage } = { ...defaults, ...parts };
  return {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:eu-west-1:222222222222:abc123def4/${stage}/${method}/${path.slice(1)}`,
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: { Accept: '*/*', Host: 'api.example.com', 'User-Agent': 'curl/8.5.0', 'X-Forwarded-For': '192.0.2.66' },
    multiValueHeaders: { Accept: ['*/*'], Host: ['api.example.com'] },
    queryStringParameters: { page: '2' },
    multiValueQueryStringParameters: { page: ['2'] },
    pathParameters: { proxy: path.slice(1) },
    stageVariables: {},
    requestContext: {
      accountId: '222222222222',
      apiId: 'abc123def4',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      httpMethod: method,
      identity: {
        accessKey: null,
        sourceIp: address,
        userAgent: 'curl/8.5.0',
        clientCert: parts.certificatePem === undefined ? null : clientCertOf(parts.certificatePem),
      },
      path,
      protocol: 'HTTP/1.1',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      requestTime: '22/Nov/2026:03:34:00 +0000',
      requestTimeEpoch: 1795318440000,
      resourceId: '05c7jb',
      resourcePath: '/{proxy+}',
      stage,
    },
  };
}

export function http1Event(parts: EventParts = {}): Record<string, unknown> {
  return { version: '1.0', ...restEvent(parts), identitySource: '', authorizationToken: '' };
}

export function http2Event(parts: EventParts = {}): Record<string, unknown> {
  const { method, path, address, stage } = { ...defaults, ...parts };
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:eu-west-1:222222222222:abc123def4/${stage}/${method}/${path.slice(1)}`,
    identitySource: [],
    routeKey: '$default',
    rawPath: path,
    rawQueryString: 'page=2',
    headers: { accept: '*/*', host: 'api.example.com' },
    requestContext: {
      accountId: '222222222222',
      apiId: 'abc123def4',
      ...(parts.certificatePem === undefined
        ? {}
        : { authentication: { clientCert: clientCertOf(parts.certificatePem) } }),
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: address, userAgent: 'curl/8.5.0' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage,
      time: '22/Nov/2026:03:34:00 +0000',
      timeEpoch: 1795318440000,
    },
    stageVariables: {},
  };
}
