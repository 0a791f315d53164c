import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { directTransport } from '../../src/forward/transports/direct.ts';
import { ca } from '../pki.ts';
import { closeAll, config, connection, httpsServer, listen, outbound, textOf } from './loopback.ts';

afterEach(closeAll);

test('a host that does not answer is given up after the time it was given', async () => {
  // TEST-NET-1 (RFC 5737): nobody is there; some networks say so at once.
  const attempt = directTransport({}).connect({ host: '192.0.2.1', port: 9, timeoutMilliseconds: 30 });
  const error = await attempt.catch((reason: unknown) => reason);
  expect(['connect_timeout', 'ENETUNREACH', 'EHOSTUNREACH', 'ECONNREFUSED']).toContain(
    (error as { code?: string }).code,
  );
});

test('a host that accepts and then keeps silent in the TLS handshake fails at the deadline', async () => {
  const port = await listen(createServer(() => {}));
  const through = connection(config({ url: `https://127.0.0.1:${port}` }));
  const error = await through.forward(outbound({ deadlineMilliseconds: 60 })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'headers_timeout', status: 504 });
});

test.each([
  ['https://[::1]', '[::1]:443'],
  ['https://erp.example', 'erp.example:443'],
  ['http://erp.example:8080', 'erp.example:8080'],
])('%s is labelled %s', (url, label) => {
  expect(connection(config({ url })).label).toBe(label);
});

test('a user with a colon cannot be a user of HTTP Basic', () => {
  const credential = { kind: 'basic', user: 'a:b', passwordFrom: 'erp' } as const;
  expect(() => connection(config({ url: 'https://erp.example', credential }))).toThrow('no colon');
});

test('a request that was given up while it waited for its connection is not sent when the connection is there', async () => {
  const root = ca();
  const issued = root.issue({ purposes: ['serverAuth'], names: [{ dns: 'erp.example' }] });
  const backend = await httpsServer({ cert: issued.chainPem, key: issued.keyPem });
  // The handshake begins late, after the deadline and before undici gives the attempt up.
  const late = createServer({ pauseOnConnect: true }, (socket) =>
    setTimeout(() => backend.server.emit('connection', socket), 150),
  );
  const url = `https://127.0.0.1:${await listen(late)}`;
  const through = connection(config({ url, serverName: 'erp.example', authorities: root.pem }));
  const body = Buffer.from('once');
  const error = await through
    .forward(outbound({ method: 'POST', body, deadlineMilliseconds: 50 }))
    .catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'headers_timeout' });
  await pause(400);
  expect(backend.seen).toHaveLength(0);
  const inbound = await through.forward(outbound());
  expect(await textOf(inbound.body)).toBe('ok');
  expect(backend.seen.map(({ method }) => method)).toEqual(['GET']);
});
