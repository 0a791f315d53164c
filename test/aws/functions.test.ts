import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openFunctions } from '../../src/aws/functions.ts';

/** Lambda's own API, as far as closing needs it: two pages of functions, and what is reserved. */
let server: Server;
let calls: string[];
let reserved: Map<string, number>;

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:222222222222:function:${name}`;
const withSettings = (name: string, release: string, pointer = true) => ({
  FunctionName: name,
  FunctionArn: arnOf(name),
  Environment: { Variables: { SALLYPORT_RELEASE: release, ...(pointer ? { SALLYPORT_POINTER_KEY: 'MFkw' } : {}) } },
});

beforeEach(async () => {
  calls = [];
  reserved = new Map([[arnOf('ours'), 50]]);
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://lambda');
    const arn = decodeURIComponent(/functions\/([^/]+)\/concurrency/.exec(url.pathname)?.[1] ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push(`${request.method} ${decodeURIComponent(url.pathname)} ${Buffer.concat(chunks).toString()}`.trim());
      const answer = (status: number, body?: object) =>
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(body === undefined ? '' : JSON.stringify(body));
      if (arn === '') {
        const second = url.searchParams.get('Marker') === '2';
        return answer(200, {
          Functions: second
            ? [withSettings('ours', 's3://bucket#orders-3f9c'), { FunctionName: 'bare', FunctionArn: arnOf('bare') }]
            : [
                withSettings('other', 's3://bucket#invoices-81aa'),
                withSettings('forwarder', 's3://b#orders-3f9c', false),
              ],
          ...(second ? {} : { NextMarker: '2' }),
        });
      }
      if (request.method === 'PUT') {
        reserved.set(arn, JSON.parse(Buffer.concat(chunks).toString()).ReservedConcurrentExecutions);
        return answer(200, {});
      }
      if (request.method === 'DELETE') {
        reserved.delete(arn);
        return answer(204);
      }
      return answer(200, { ReservedConcurrentExecutions: reserved.get(arn) });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => new Promise((done) => server.close(done)));

const open = () =>
  openFunctions({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' },
  });

test('the authorizer of a front is found by its settings, on any page, and nothing else is', async () => {
  expect(await open().deciding('orders-3f9c')).toEqual([{ arn: arnOf('ours'), reserved: 50 }]);
  expect(await open().deciding('orders')).toEqual([]);
  expect(calls.every((call) => call.startsWith('GET '))).toBe(true);
});

test('closing takes it its concurrency; reopening gives what it is told, or no reservation', async () => {
  const functions = open();
  await functions.close(arnOf('ours'));
  expect(reserved.get(arnOf('ours'))).toBe(0);
  expect(await functions.deciding('orders-3f9c')).toEqual([{ arn: arnOf('ours'), reserved: 0 }]);
  await functions.open(arnOf('ours'), 50);
  expect(reserved.get(arnOf('ours'))).toBe(50);
  await functions.open(arnOf('ours'), undefined);
  expect(reserved.has(arnOf('ours'))).toBe(false);
});
