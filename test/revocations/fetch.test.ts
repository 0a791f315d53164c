import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPublicAddress } from '../../src/revocations/addresses.ts';
import { type FetchMeans, fetchList } from '../../src/revocations/fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serving(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((done) => server.once('listening', done));
  return (server.address() as AddressInfo).port;
}

/** Names of partners lead to the test's servers, which are the only loopback ones that count as public. */
const means: FetchMeans = {
  resolve: async (host) => (host.endsWith('.example') ? ['127.0.0.1'] : ['10.0.0.1']),
  isAllowed: (address) => address === '127.0.0.1',
};
const get = async (url: string, more: FetchMeans = {}, named = [url]) => {
  const fetched = await fetchList('acme-ca', url, named, { ...means, ...more });
  return 'body' in fetched ? Buffer.from(fetched.body).toString() : fetched.failed;
};

test('the address that was checked is connected, under the name that was asked for', async () => {
  let host: string | undefined;
  const port = await serving((request, response) => {
    host = request.headers.host;
    response.end('list');
  });
  expect(await get(`http://crl.example:${port}/a.crl?x=1`)).toBe('list');
  expect(host).toBe(`crl.example:${port}`);
});

test('every address of a name must be public, not only the first one', async () => {
  const port = await serving((_, response) => response.end('list'));
  const both = { resolve: async () => ['127.0.0.1', '169.254.169.254'] };
  expect(await get(`http://crl.example:${port}/`, both)).toBe(
    'crl.example is 169.254.169.254, which is no public address',
  );
  const literals = [
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:7f00:1]/',
  ];
  for (const url of literals)
    expect(await get(url, { isAllowed: isPublicAddress })).toMatch(/which is no public address$/);
});

test('redirects: to hosts of the authority, so many, and with the same checks', async () => {
  const port = await serving((request, response) => {
    const [, to = ''] = /to=(.*)$/.exec(request.url ?? '') ?? [];
    if (to === '') response.end('list');
    else response.writeHead(302, { location: decodeURIComponent(to) }).end();
  });
  const base = `http://crl.example:${port}`;
  expect(await get(`${base}/?to=${encodeURIComponent('/list')}`)).toBe('list');
  expect(await get(`${base}/?to=${encodeURIComponent('http://other.example/')}`)).toBe(
    'a redirect to other.example, which the authority does not name',
  );
  expect(await get(`${base}/?to=${encodeURIComponent('file:///etc/passwd')}`)).toBe('file: is neither http nor https');
  const inside = `${base}/?to=${encodeURIComponent('http://inside.corp/')}`;
  expect(await get(inside, {}, [inside, 'http://inside.corp/a.crl'])).toBe(
    'inside.corp is 10.0.0.1, which is no public address',
  );
  const loop = await serving((_, response) => response.writeHead(302, { location: '/again' }).end());
  expect(await get(`http://crl.example:${loop}/`)).toBe('more than 3 redirects');
});

test.each<[string, string | RegExp, RequestListener]>([
  ['answers 404', 'status 404', (_, response) => response.writeHead(404).end('x')],
  ['is huge', 'more than 1000 bytes', (_, response) => response.end('x'.repeat(1001))],
  ['never ends', /no whole answer within 0.3 s|more than 1000 bytes/, (_, response) => void response.write('x')],
  ['never answers', 'no whole answer within 0.3 s', () => {}],
  [
    'cuts off',
    /cut off|aborted|hang up/,
    (_, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('x');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  [
    'compresses',
    'content-encoding gzip, which was not asked for',
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  ],
])('a server that %s is an answer about its list, not an error', async (_, expected, listener) => {
  const port = await serving(listener);
  const bounds = { bytes: 1000, milliseconds: 300 };
  expect(await get(`http://crl.example:${port}/`, { bounds })).toEqual(
    typeof expected === 'string' ? expected : expect.stringMatching(expected),
  );
});

test('a server that is down is told by its error', async () => {
  const port = await serving(() => {});
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  expect(await get(`http://crl.example:${port}/`)).toContain('ECONNREFUSED');
});

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.31.0.1', false],
  ['192.168.1.1', false],
  ['224.0.0.1', false],
  ['0.0.0.0', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fd00:ec2::254', false],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['2001:0:1::', false],
  ['crl.example', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
