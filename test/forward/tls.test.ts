import { createServer } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { ForwardError } from '../../src/forward/failure.ts';
import { ca, type Issued, type IssueSpec, selfSigned } from '../pki.ts';
import {
  answerOk,
  answerWithRequest,
  closeAll,
  config,
  connection,
  echo,
  httpServer,
  httpsServer,
  listen,
  outbound,
  textOf,
} from './loopback.ts';

afterEach(closeAll);

const root = ca({ subject: 'Backend Root' });
const issuing = root.ca({ subject: 'Backend Issuing' });
const other = ca({ subject: 'Other Root' });
const server = (spec: IssueSpec = {}, by = issuing) =>
  by.issue({ subject: 'erp', purposes: ['serverAuth'], names: [{ dns: 'erp.example' }], ...spec });
const servedBy = (issued: Issued, sent: (issued: Issued) => string): TlsOptions => ({
  cert: sent(issued),
  key: issued.keyPem,
});
const served = (issued: Issued): TlsOptions => servedBy(issued, ({ chainPem }) => chainPem);

/** To a server on loopback under the name that its certificate should carry. */
const reach = (port: number, values: { serverName?: string; authorities?: string } = {}) =>
  connection(config({ url: `https://127.0.0.1:${port}`, serverName: 'erp.example', authorities: root.pem, ...values }));

const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ForwardError ? error.code : error;
};

test('a private CA and a pinned name, by address: the name is SNI, Host and what is verified', async () => {
  const names: (string | false | null)[] = [];
  const { port } = await httpsServer(served(server()), (request, response) => {
    names.push((request.socket as TLSSocket).servername);
    answerWithRequest(request, response);
  });
  const through = reach(port);
  for (const host of ['globex.example', 'erp.example']) {
    const seen = await echo(through, { headers: [['Host', host]] });
    expect(seen.headers.filter(([name]) => name.toLowerCase() === 'host')).toEqual([['host', `erp.example:${port}`]]);
  }
  expect(new Set(names)).toEqual(new Set(['erp.example']));
});

test('an address in the certificate is verified as an address', async () => {
  const { port } = await httpsServer(served(server({ names: [{ ip: new Uint8Array([127, 0, 0, 1]) }] })));
  expect(await textOf((await reach(port, { serverName: undefined }).forward(outbound())).body)).toBe('ok');
});

test('TLS sessions are resumed on a new connection', async () => {
  let resumed = 0;
  const { port } = await httpsServer(served(server()), (request, response) => {
    if ((request.socket as TLSSocket).isSessionReused()) resumed += 1;
    response.setHeader('Connection', 'close');
    answerOk(request, response);
  });
  const through = reach(port);
  for (let index = 0; index < 3; index += 1) await textOf((await through.forward(outbound())).body);
  expect(resumed).toBeGreaterThan(0);
});

test.each<[string, () => TlsOptions, { serverName?: string; authorities?: string }]>([
  ['authority_unknown', () => served(server({}, other)), {}],
  ['authority_unknown', () => served(server()), { authorities: other.pem }],
  ['authority_unknown', () => served(server()), { authorities: undefined }],
  ['authority_unknown', () => servedBy(server(), ({ chainPem }) => chainPem + root.pem), { authorities: undefined }],
  ['authority_unknown', () => servedBy(server(), ({ pem }) => pem), {}],
  [
    'self_signed',
    () => served(selfSigned({ subject: 'erp.example', purposes: ['serverAuth'], names: [{ dns: 'erp.example' }] })),
    {},
  ],
  ['wrong_name', () => served(server()), { serverName: 'other.example' }],
  ['wrong_name', () => served(server()), { serverName: undefined }],
  ['wrong_name', () => served(server({ names: [{ dns: '*.example' }] })), { serverName: 'a.b.example' }],
  ['name_missing', () => served(server({ subject: 'erp.example', names: undefined })), {}],
  ['wrong_name', () => served(server({ subject: 'erp.example', names: [{ email: 'erp@erp.example' }] })), {}],
  ['wrong_name', () => served(server({ subject: 'erp.example', names: [{ ip: new Uint8Array([192, 0, 2, 1]) }] })), {}],
  ['certificate_expired', () => served(server({ notAfter: Date.UTC(2021, 0, 1) })), {}],
  ['certificate_expired', () => served(server({ notBefore: Date.UTC(2048, 0, 1) })), {}],
  ['certificate_purpose', () => served(server({ purposes: ['clientAuth'] })), {}],
])('%s (%#): no request reaches the backend', async (code, tls, values) => {
  const { port, seen } = await httpsServer(tls());
  expect(await codeOf(reach(port, values).forward(outbound()))).toBe(code);
  expect(seen).toHaveLength(0);
});

test('an environment variable that turns verification off does not', async () => {
  const { port, seen } = await httpsServer(served(server({}, other)));
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    expect(await codeOf(reach(port).forward(outbound()))).toBe('authority_unknown');
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  }
  expect(seen).toHaveLength(0);
});

test.each([
  ['TLSv1.2', ['certificate_wanted']],
  // The refusal comes after the request was sent, and looks like any other end of the connection.
  ['TLSv1.3', ['certificate_wanted', 'closed']],
] as const)('a backend that wants a client certificate, %s', async (version, codes) => {
  const tls = { requestCert: true, rejectUnauthorized: true, ca: other.pem, minVersion: version, maxVersion: version };
  const { port, seen } = await httpsServer({ ...served(server()), ...tls });
  expect(codes).toContain(await codeOf(reach(port).forward(outbound())));
  expect(seen).toHaveLength(0);
});

test('TLS 1.1 at most', async () => {
  const { port, seen } = await httpsServer({
    ...served(server()),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  expect(await codeOf(reach(port).forward(outbound()))).toBe('tls_version');
  expect(seen).toHaveLength(0);
});

test('https to a plain port, http to a TLS port, and a port that says nothing sensible', async () => {
  const plain = await httpServer(answerOk);
  expect(await codeOf(reach(plain.port).forward(outbound()))).toBe('not_tls');
  const tls = await httpsServer(served(server()));
  expect(await codeOf(connection(config({ url: `http://127.0.0.1:${tls.port}` })).forward(outbound()))).toBe('closed');
  const hangsUp = await listen(createServer((socket) => void socket.once('data', () => socket.destroy())));
  expect(await codeOf(reach(hangsUp).forward(outbound()))).toBe('closed');
});

test('a backend that only speaks HTTP/2 is not spoken to in HTTP/2', async () => {
  const { port } = await httpsServer({ ...served(server()), ALPNProtocols: ['h2'] });
  expect(['tls_failed', 'certificate_wanted']).toContain(await codeOf(reach(port).forward(outbound())));
});

test('authorities without a certificate are refused, not read as "everybody"', () => {
  for (const authorities of ['', ' ', 'none', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n']) {
    expect(() => reach(1, { authorities })).toThrow('are not certificates');
  }
});

test('the detail names the backend and the cause, for a wrong name the names too', async () => {
  const { port } = await httpsServer(served(server()));
  const error = await reach(port, { serverName: 'other.example' })
    .forward(outbound())
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    status: 502,
    detail: expect.stringMatching(/^127\.0\.0\.1:\d+: ERR_TLS_CERT_ALTNAME_INVALID.*erp\.example/),
  });
});
