import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { partsLeftOut } from '../../bin/undici-parts.ts';
import { writeDocument } from '../../src/core/registry/document.ts';
import { writeSettings } from '../../src/core/settings.ts';
import { clientCertOf } from '../../src/local/api-gateway/client-cert.ts';
import { type Arrival, authorizerEventOf, proxyEventOf } from '../../src/local/api-gateway/rest-event.ts';
import { loginWithKey, signToken } from '../authorize/tokens.ts';
import { acme, documentWith, orders, requiring } from '../core/decide/fixture.ts';
import { api } from '../local/open-front.ts';
import { type Sandbox, startSandbox } from './runtime-api.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
const node = resolve(root, 'node_modules/.bin/node');

interface Output {
  readonly bytes: number;
  readonly imports: readonly { readonly path: string }[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

const bundle = (name: string) => join(folder, name, 'index.mjs');
const metafileOf = (name: string): Metafile => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
const outputOf = (name: string, file: string): Output => {
  const found = Object.entries(metafileOf(name).outputs).find(([path]) => path.endsWith(`/${file}`));
  if (found === undefined) throw new Error(`no ${file} of the ${name}`);
  return found[1];
};
const importsOf = (name: string) =>
  Object.values(metafileOf(name).outputs).flatMap(({ imports }) => imports.map(({ path }) => path));

const makeBundles = (out: string, cwd = root) =>
  promisify(execFile)(node, [join(root, 'bin/bundle.ts'), '--out', out, 'authorizer', 'forwarder'], { cwd });

beforeAll(() => makeBundles(folder), 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is in the bundles', () => {
  test('the authorizer holds our own folders and Node’s own modules; jose only where the first token loads it', () => {
    const foreign = Object.keys(metafileOf('authorizer').inputs).filter(
      (path) => !/^(src\/(core|authorize|aws|folder)|lambdas\/authorizer)\//.test(path),
    );
    // jose is in the file that the first token loads, and in no other
    expect(foreign.filter((path) => !path.startsWith('node_modules/jose/'))).toEqual([]);
    expect(Object.keys(outputOf('authorizer', 'index.mjs').inputs).filter((path) => path.includes('/jose/'))).toEqual(
      [],
    );
    // and what reads a folder is in one that no function on AWS loads
    const later = ['release-folder.mjs', 'token.mjs'];
    expect(readdirSync(join(folder, 'authorizer')).sort()).toEqual(['index.mjs', ...later]);
    expect(Object.keys(outputOf('authorizer', 'index.mjs').inputs).filter((path) => path.includes('folder/'))).toEqual(
      [],
    );
    const own = (path: string) => later.some((file) => path.endsWith(`/${file}`));
    expect(importsOf('authorizer').filter((path) => !/^node:|^@aws-sdk\//.test(path) && !own(path))).toEqual([]);
  });

  test('the forwarder holds core, forward, its own folder, undici, one file of authorize, and of aws only the reads without an SDK', () => {
    const foreign = Object.keys(metafileOf('forwarder').inputs).filter(
      (path) =>
        !/^(?:undici-parts:|(?:src\/core|src\/forward|lambdas\/forwarder|node_modules\/undici)\/|src\/aws\/(?:read|sign-v4|binding-keys)\.ts$|src\/authorize\/presented\.ts$)/.test(
          path,
        ),
    );
    expect(foreign).toEqual([]);
    expect(importsOf('forwarder').filter((path) => !path.startsWith('node:'))).toEqual([]);
  });

  test('the authorizer stays small: what a cold start parses, and what is uploaded', () => {
    const text = readFileSync(bundle('authorizer'));
    // blocks by key, serial number, CA, identity and address are 5 kB of it, conditions in every spelling 5, the signed index of lists 5
    expect(text.length).toBeLessThanOrEqual(148 * 1024);
    expect(gzipSync(text).length).toBeLessThanOrEqual(53 * 1024);
    expect(readFileSync(join(folder, 'authorizer/token.mjs')).length).toBeLessThanOrEqual(20 * 1024);
  });

  test('of undici the forwarder holds the client alone: what a cold start parses is a quarter of the package', () => {
    const { inputs, bytes } = outputOf('forwarder', 'index.mjs');
    const held = Object.entries(inputs as Record<string, { bytesInOutput: number }>);
    const undici = held.filter(([path]) => path.startsWith('node_modules/undici/'));
    expect(undici.map(([path]) => path)).toContain('node_modules/undici/lib/dispatcher/client.js');
    for (const part of partsLeftOut) {
      const files = undici.filter(([path]) => path.includes(`/${part}`));
      // An empty module is a few bytes of wrapping.
      for (const [, { bytesInOutput }] of files) expect(bytesInOutput).toBeLessThan(100);
    }
    // A part that moved in a new version would come in again.
    expect(bytes).toBeLessThanOrEqual(225 * 1024);
  });

  test('the same sources give the same bytes', async () => {
    const again = mkdtempSync(join(tmpdir(), 'bundles-again-'));
    await makeBundles(again, tmpdir());
    for (const name of ['authorizer', 'forwarder']) {
      for (const file of readdirSync(join(again, name))) {
        expect(readFileSync(join(again, name, file)).equals(readFileSync(join(folder, name, file)))).toBe(true);
      }
    }
    rmSync(again, { recursive: true });
  }, 60_000);
});

describe('the bundled functions in a Lambda runtime', () => {
  const key = new Uint8Array(randomBytes(32));
  let backend: Server;
  let authorizer: Sandbox;
  let forwarder: Sandbox;
  let requests: string[];

  const clientCert = clientCertOf(orders.der);
  const arrivalAt = (path: string): Arrival => {
    if (clientCert === undefined) throw new Error('The fixture has no certificate.');
    return {
      method: 'GET',
      path,
      query: new Map([['page', ['2']]]),
      headers: [['Accept', '*/*']],
      sourceIp: '203.0.113.9',
      clientCert,
      at: Date.now(),
      requestId: '7f5f0e5a-0d5b-4b7e-9a0c-6b2f0c1d2e3f',
      extendedRequestId: randomBytes(11).toString('base64'),
      traceId: 'Root=1-6926a0f5-0123456789abcdef01234567',
    };
  };
  type Decided = { principalId: string; policyDocument: unknown; context: Record<string, string> };
  const ask = (arrival: Arrival) => authorizer.invoke(authorizerEventOf(api, arrival)) as Promise<Decided>;

  beforeAll(async () => {
    requests = [];
    backend = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} for ${request.headers['x-sallyport-client']}`);
      response.end('from the backend');
    });
    await new Promise<void>((done) => backend.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    const registry = join(folder, 'registry.json');
    writeFileSync(
      registry,
      writeDocument(documentWith([acme], { routes: [{ match: 'ANY /orders/**', to: '/v1/**' }] })),
    );
    const connection = {
      name: 'erp',
      transport: { kind: 'direct' },
      url,
      allowPlaintext: true,
      credential: { kind: 'none' },
    };
    const shared = writeSettings({ bindingKeys: { kind: 'keys', keys: [key] }, stage: 'live' });
    authorizer = await startSandbox(bundle('authorizer'), {
      ...shared,
      ...writeSettings({ release: { kind: 'file', path: registry }, domain: api.domainName }),
    });
    forwarder = await startSandbox(bundle('forwarder'), {
      ...shared,
      ...writeSettings({ connections: { kind: 'text', text: JSON.stringify([connection]) } }),
    });
  }, 30_000);
  afterAll(async () => {
    await Promise.all([authorizer.close(), forwarder.close()]);
    backend.close();
  });

  test.each(['cold', 'warm', 'warm again'])(
    'an allowed request, %s: decided by one, forwarded by the other',
    async () => {
      const arrival = arrivalAt('/orders/7%20a');
      const decided = await ask(arrival);
      expect(decided).toMatchObject({
        principalId: 'acme',
        policyDocument: {
          Statement: [
            { Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live/GET/*' },
          ],
        },
      });
      const event = proxyEventOf(api, arrival, { principalId: 'acme', ...decided.context }, new Uint8Array(0));
      const answer = (await forwarder.invoke(event)) as { statusCode: number; body: string; isBase64Encoded: boolean };
      expect(answer.statusCode).toBe(200);
      expect(Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('from the backend');
      expect(requests.at(-1)).toBe('GET /v1/7%20a?page=2 for acme');
    },
  );

  test('a refused request: an explicit Deny, and its decision in the log', async () => {
    const decided = await ask(arrivalAt('/invoices'));
    expect(decided).toMatchObject({
      principalId: '-',
      policyDocument: { Statement: [{ Effect: 'Deny', Resource: '*' }] },
    });
    const records = authorizer.lines().map((line) => JSON.parse(line) as { type: string; reference?: string });
    const { reference } = decided.context;
    expect(records.filter((record) => record.reference === reference).map(({ type }) => type)).toEqual([
      'decision',
      'refusal',
    ]);
  });

  test('a request that the authorizer did not decide is not forwarded', async () => {
    const before = requests.length;
    const arrival = arrivalAt('/orders/7');
    const decided = await ask(arrivalAt('/orders/8'));
    const event = proxyEventOf(api, arrival, { principalId: 'acme', ...decided.context }, new Uint8Array(0));
    expect(await forwarder.invoke(event)).toMatchObject({ statusCode: 403 });
    expect(requests.length).toBe(before);
  });

  test('a token loads the file that checks it', async () => {
    const file = join(folder, 'tokens.json');
    const require = requiring([{ token: { issuer: 'login', scopes: ['orders.read'] } }]);
    writeFileSync(file, writeDocument(documentWith([{ ...acme, require }], { tokenIssuers: [loginWithKey] })));
    const sandbox = await startSandbox(bundle('authorizer'), {
      ...writeSettings({ bindingKeys: { kind: 'keys', keys: [key] }, stage: 'live' }),
      ...writeSettings({ release: { kind: 'file', path: file }, domain: 'any' }),
    });
    const withToken = async (claims: Record<string, unknown>) => {
      const at = Date.now() / 1000;
      const token = await signToken({ iat: Math.floor(at), exp: Math.floor(at) + 60, ...claims });
      const arrival = { ...arrivalAt('/orders/7'), headers: [['Authorization', `Bearer ${token}`]] as const };
      return (await sandbox.invoke(authorizerEventOf(api, arrival))) as Decided;
    };
    expect((await withToken({})).principalId).toBe('acme');
    expect((await withToken({ scope: 'other' })).context).toMatchObject({ reason: 'token_scope_missing' });
    expect((await withToken({ cnf: undefined })).context).toMatchObject({ reason: 'token_certificate_differs' });
    await sandbox.close();
  });

  test('refusals are not kept where that is switched off', async () => {
    const quiet = await startSandbox(bundle('authorizer'), {
      ...writeSettings({ bindingKeys: { kind: 'keys', keys: [key] }, stage: 'live', keepRefusals: 'off' }),
      ...writeSettings({ release: { kind: 'file', path: join(folder, 'registry.json') }, domain: api.domainName }),
    });
    await quiet.invoke(authorizerEventOf(api, arrivalAt('/invoices')));
    await quiet.close();
    expect(quiet.lines().map((line) => JSON.parse(line).type)).toEqual(['decision']);
  });

  test('the reads of a cold start begin before the first event', async () => {
    const read = new Set<string>();
    let arrived: (() => void) | undefined;
    const store = createServer((request, response) => {
      read.add(`${request.url} ${request.headers['x-amz-target'] ?? ''}`.trim());
      // a place that fails: what was begun early must not end the process
      response.writeHead(503).end();
      arrived?.();
    });
    await new Promise<void>((done) => store.listen(0, '127.0.0.1', done));
    const secret = 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:binding';
    const sandbox = await startSandbox(bundle('authorizer'), {
      ...writeSettings({ bindingKeys: { kind: 'secret', id: secret }, stage: 'live', domain: 'any' }),
      ...writeSettings({ release: { kind: 's3', bucket: 'releases', frontId: 'orders-3f9c' }, pointerKey: 'none' }),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
    });
    while (read.size < 3) await new Promise<void>((done) => (arrived = done));
    expect([...read].sort()).toEqual([
      '/ AmazonSSM.GetParameters',
      '/ secretsmanager.GetSecretValue',
      '/releases/pointer.json',
    ]);
    await expect(sandbox.invoke(authorizerEventOf(api, arrivalAt('/orders/7')))).rejects.toThrow('cannot decide');
    await sandbox.close();
    store.close();
  });

  test('an event that is none is thrown, which API Gateway answers with 500', async () => {
    await expect(authorizer.invoke({})).rejects.toThrow('cannot decide');
  });

  test('a function without its settings does not start, and says which are missing', async () => {
    const sandbox = await startSandbox(bundle('authorizer'), {});
    await expect(sandbox.invoke({})).rejects.toThrow(/SALLYPORT_RELEASE|the sandbox ended/);
    await sandbox.close();
  });
});
