import { setImmediate as turn } from 'node:timers/promises';
import { ForwardError } from '../../src/forward/failure.ts';
import { fieldValueOf, keepSecrets, type ReadSecret } from '../../src/forward/secret.ts';

const kept = (read: ReadSecret, now: () => number) => keepSecrets(read, now).read;

test('a secret is read when it is needed, once for many who ask, and again after five minutes', async () => {
  let now = 0;
  const asked: string[] = [];
  const secret = kept(
    async (name) => `${name} ${asked.push(name)}`,
    () => now,
  );
  expect(asked).toEqual([]);
  expect(await Promise.all([secret('erp'), secret('erp'), secret('crm')])).toEqual(['erp 1', 'erp 1', 'crm 2']);
  now = 299_999;
  expect(await secret('erp')).toBe('erp 1');
  now = 300_000;
  expect(await secret('erp')).toBe('erp 3');
  now = 299_000;
  // The clock went back.
  expect(await secret('erp')).toBe('erp 4');
});

test('a value that was good stays good while it cannot be read again', async () => {
  let now = 0;
  let works = true;
  const secret = kept(
    async () => (works ? 'value' : Promise.reject(new Error('down'))),
    () => now,
  );
  expect(await secret('erp')).toBe('value');
  works = false;
  now = 1_000_000;
  expect(await secret('erp')).toBe('value');
});

test('a failure is not kept, and does not quote what was read', async () => {
  let works = false;
  const secret = kept(
    async () => (works ? 'value' : Promise.reject(new Error('hunter2'))),
    () => 0,
  );
  const error = await secret('erp').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ForwardError);
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
  works = true;
  expect(await secret('erp')).toBe('value');
});

test('a secret that does not come fails after three seconds', async () => {
  jest.useFakeTimers();
  try {
    const outcome = kept(
      () => new Promise(() => {}),
      () => 0,
    )('erp').catch((reason: unknown) => reason);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await outcome).toMatchObject({ code: 'secret_unavailable', detail: 'secret:erp took longer than 3000 ms' });
  } finally {
    jest.useRealTimers();
  }
});

test('doubt reads again behind everybody’s back, once a minute, and tells a new value from the old one', async () => {
  let now = 0;
  let value = 'old';
  let reads = 0;
  const secrets = keepSecrets(
    async () => {
      reads += 1;
      return value;
    },
    () => now,
  );
  // Nothing is in use yet.
  secrets.doubt();
  expect(await secrets.read('erp')).toBe('old');
  expect([reads, secrets.changes]).toEqual([1, 0]);
  secrets.doubt();
  secrets.doubt();
  await turn();
  expect([reads, secrets.changes]).toEqual([2, 0]);
  value = 'new';
  now = 59_999;
  secrets.doubt();
  await turn();
  expect([reads, await secrets.read('erp')]).toEqual([2, 'old']);
  now = 60_000;
  secrets.doubt();
  await turn();
  expect([reads, secrets.changes, await secrets.read('erp')]).toEqual([3, 1, 'new']);
});

test('what stands in a header field has no line end, no edge space and no other alphabet', () => {
  for (const good of ['a', 'a b', '~'.repeat(8192)]) expect(fieldValueOf('erp', good)).toBe(good);
  for (const bad of ['', ' a', 'a ', 'a\nb', 'a\rb', 'a\0', 'a\n', 'é', '~'.repeat(8193)]) {
    expect(() => fieldValueOf('erp', bad)).toThrow(ForwardError);
  }
});
