import fc from 'fast-check';
import { errorAnswer, parseProxyResult } from '../../../src/local/api-gateway/answer.ts';

const textOf = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString('utf8');

describe('the result of a Lambda proxy integration', () => {
  test('a status alone is an empty JSON answer', () => {
    const answer = parseProxyResult({ statusCode: 200 });
    expect(answer).toMatchObject({ status: 200, headers: [['Content-Type', 'application/json']] });
    expect(textOf(answer?.body)).toBe('');
  });

  test('both header maps count; where both have a name, in any case, the multi-value one wins', () => {
    const answer = parseProxyResult({
      statusCode: 200,
      headers: { 'X-One': '1', 'set-cookie': 'lost=1', 'X-Yes': true },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
    });
    expect(answer?.headers).toEqual([
      ['X-One', '1'],
      ['X-Yes', 'true'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Content-Type', 'application/json'],
    ]);
  });

  test('the names that API Gateway owns come back remapped, Transfer-Encoding not at all', () => {
    const answer = parseProxyResult({
      statusCode: 200,
      headers: {
        Connection: 'close',
        'content-length': '5',
        Date: 'yesterday',
        Server: 'demo',
        'WWW-Authenticate': 'Basic',
        'Transfer-Encoding': 'chunked',
        'Content-Type': 'text/plain',
      },
    });
    expect(answer?.headers).toEqual([
      ['x-amzn-Remapped-Connection', 'close'],
      ['x-amzn-Remapped-content-length', '5'],
      ['x-amzn-Remapped-Date', 'yesterday'],
      ['x-amzn-Remapped-Server', 'demo'],
      ['x-amzn-Remapped-WWW-Authenticate', 'Basic'],
      ['Content-Type', 'text/plain'],
    ]);
  });

  test('a base64 body is decoded, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const body = Buffer.from(bytes).toString('base64');
        const answer = parseProxyResult({ statusCode: 200, body, isBase64Encoded: true });
        expect(Buffer.from(answer?.body ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
    expect(textOf(parseProxyResult({ statusCode: 200, body: 'aGFsbG8=' })?.body)).toBe('aGFsbG8=');
  });

  test.each([
    ['nothing', null],
    ['a text', 'ok'],
    ['a list', []],
    ['no status', {}],
    ['a status that is no number', { statusCode: 'ok' }],
    ['an informational status', { statusCode: 101 }],
    ['a fraction', { statusCode: 200.5 }],
    ['another member', { statusCode: 200, cookies: [] }],
    ['a body that is an object', { statusCode: 200, body: {} }],
    ['a flag that is text', { statusCode: 200, isBase64Encoded: 'true' }],
    ['base64 that is none', { statusCode: 200, body: '{}', isBase64Encoded: true }],
    ['headers that are a list', { statusCode: 200, headers: [] }],
    ['a header that is a number', { statusCode: 200, headers: { 'X-One': 1 } }],
    ['a header that is a list', { statusCode: 200, headers: { 'X-One': ['1'] } }],
    ['a multi-value header that is text', { statusCode: 200, multiValueHeaders: { 'X-One': '1' } }],
    ['a header that ends the head', { statusCode: 200, headers: { 'X-One': '1\r\n\r\nHTTP/1.1 200 OK' } }],
    ['a header name that no header has', { statusCode: 200, headers: { 'X One': '1' } }],
  ])('malformed, so 502: %s', (_, result) => {
    expect(parseProxyResult(result)).toBeUndefined();
  });

  test('whatever JSON it is: an answer that can be sent, or none', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            statusCode: fc.jsonValue(),
            headers: fc.jsonValue(),
            multiValueHeaders: fc.jsonValue(),
            body: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        (result) => {
          for (const [name, value] of parseProxyResult(result)?.headers ?? []) {
            expect(`${name}: ${value}`).not.toMatch(/[\r\n\0]/);
          }
        },
      ),
    );
  });

  test('the gateway’s own errors name their type', () => {
    expect(errorAnswer('forbidden')).toMatchObject({
      status: 403,
      headers: [
        ['Content-Type', 'application/json'],
        ['x-amzn-ErrorType', 'ForbiddenException'],
      ],
    });
    expect(textOf(errorAnswer('forbidden').body)).toBe('{"message":"Forbidden"}');
    expect(textOf(errorAnswer('authorizerFailed').body)).toBe('{"message":null}');
    expect(textOf(errorAnswer('integrationTimedOut').body)).toBe('{"message":"Endpoint request timed out"}');
  });
});
