import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bind } from '../../../src/core/binding.ts';
import { writeSettings } from '../../../src/core/settings.ts';
import { writeConnections } from '../../../src/forward/connection-document.ts';
import { answerWithRequest, closeAll, config, httpServer } from '../../forward/loopback.ts';
import { bound, key, restEvent } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-forwarder-'));
const before = { ...process.env };
afterEach(async () => {
  process.env = { ...before };
  delete (globalThis as { awslambda?: unknown }).awslambda;
  jest.resetModules();
  await closeAll();
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = async () =>
  (await import('../../../lambdas/forwarder/handler.ts')) as {
    handler: (event: unknown) => Promise<{ statusCode: number; body: string }>;
  };
const environment = (url: string, responseMode: 'buffered' | 'stream' = 'buffered') => {
  const secrets = join(folder, 'secrets.json');
  writeFileSync(secrets, '{"erp": "from the file"}');
  chmodSync(secrets, 0o600);
  const connections = join(folder, 'connections.json');
  writeFileSync(
    connections,
    writeConnections([config({ url, credential: { kind: 'header', name: 'X-Api-Key', valueFrom: 'erp' } })]),
  );
  return writeSettings({
    bindingKeys: { kind: 'keys', keys: [key] },
    stage: 'live',
    connections: { kind: 'file', path: connections },
    secrets: { kind: 'file', path: secrets },
    responseMode,
  });
};

test('wired by its settings it forwards, with the secret of the file', async () => {
  const { port } = await httpServer(answerWithRequest);
  Object.assign(process.env, environment(`http://127.0.0.1:${port}`));
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const { handler } = await load();
    const authorizer = bind({ ...bound, expiresAt: Math.floor(Date.now() / 1000) + 25 }, key);
    const { statusCode, body } = await handler(restEvent({ authorizer }));
    expect(statusCode).toBe(200);
    expect(JSON.parse(Buffer.from(body, 'base64').toString()).rawHeaders).toContain('from the file');
    expect((await handler(restEvent())).statusCode).toBe(403);
    expect(written.mock.calls.map(([line]) => JSON.parse(String(line)).outcome)).toEqual(['answered', 'refused']);
  } finally {
    written.mockRestore();
  }
});

test('every setting that is missing is named at once', async () => {
  await expect(load()).rejects.toThrow(
    /SALLYPORT_BINDING_KEYS is not set[\s\S]*SALLYPORT_STAGE[\s\S]*SALLYPORT_CONNECTIONS/,
  );
});

test('streaming needs a runtime that streams', async () => {
  Object.assign(process.env, environment('http://127.0.0.1:1', 'stream'));
  await expect(load()).rejects.toThrow('cannot stream');
  jest.resetModules();
  const streamed = jest.fn((handler: unknown) => handler);
  Object.assign(globalThis, { awslambda: { streamifyResponse: streamed, HttpResponseStream: {} } });
  await load();
  expect(streamed).toHaveBeenCalledTimes(1);
});
