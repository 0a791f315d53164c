import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ProblemError } from '../../src/core/problem.ts';
import { readSettings, type SettingName, settings, writeSettings } from '../../src/core/settings.ts';
import { settingsTable } from '../../src/core/settings-page.ts';

const key = Buffer.alloc(32, 7).toString('base64url');
const other = Buffer.alloc(40, 9).toString('base64url');
const all = Object.keys(settings) as SettingName[];

const good = {
  SALLYPORT_RELEASE: 'file:/srv/front/registry.json',
  SALLYPORT_BINDING_KEYS: `${key},${other}`,
  SALLYPORT_STAGE: 'live',
  SALLYPORT_DOMAIN: 'api.example.com',
  SALLYPORT_CONNECTIONS: '[]',
};

const problemsOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
};

test('settings are read with their types and defaults', () => {
  expect(readSettings(good, all)).toEqual({
    release: { kind: 'file', path: '/srv/front/registry.json' },
    pointerKey: 'none',
    blocksKey: 'none',
    revocationsKey: 'none',
    maximumAgeSeconds: 900,
    bindingKeys: { kind: 'keys', keys: [new Uint8Array(32).fill(7), new Uint8Array(40).fill(9)] },
    stage: 'live',
    domain: 'api.example.com',
    bindExtendedRequestId: 'on',
    keepRefusals: 'on',
    connections: { kind: 'text', text: '[]' },
    secrets: { kind: 'none' },
    responseMode: 'buffered',
  });
});

test('only what is asked for is read', () => {
  expect(readSettings({ SALLYPORT_STAGE: 'live' }, ['stage'])).toEqual({ stage: 'live' });
});

test('every missing and every wrong setting is listed at once, with what is allowed', () => {
  const problems = problemsOf(() => readSettings({ SALLYPORT_STAGE: '', SALLYPORT_RESPONSE_MODE: 'streamed' }, all));
  expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'setting_missing: SALLYPORT_RELEASE is not set',
    'setting_missing: SALLYPORT_BINDING_KEYS is not set',
    'setting_invalid: SALLYPORT_STAGE has a value that is not allowed',
    'setting_missing: SALLYPORT_DOMAIN is not set',
    'setting_missing: SALLYPORT_CONNECTIONS is not set',
    'setting_invalid: SALLYPORT_RESPONSE_MODE has a value that is not allowed',
  ]);
  expect(problems[5]).toMatchObject({ found: '"streamed"', allowed: 'buffered | stream' });
  for (const problem of problems) expect(problem.remedy).toMatch(/^see SALLYPORT_[A-Z_]+ in docs\/settings\.md$/);
});

test('a sensitive value is not printed, even when it is wrong', () => {
  const wrong = `${key.slice(1)}!`;
  const [problem] = problemsOf(() => readSettings({ SALLYPORT_BINDING_KEYS: wrong }, ['bindingKeys']));
  expect(problem?.found).toBe('43 characters (not shown)');
  expect(JSON.stringify(problem)).not.toContain(wrong.slice(0, 8));
});

test.each<[SettingName, string[]]>([
  [
    'release',
    [
      '',
      'registry.json',
      'file:',
      'file:registry.json',
      'file://host/registry.json',
      's3://bucket/key',
      's3://bucket',
      's3://b/k#front',
      's3://#front',
      'file:folder#front',
      'file:/folder#Front',
    ],
  ],
  ['pointerKey', ['', 'two words']],
  ['blocksKey', ['', 'MFkw\n']],
  ['maximumAgeSeconds', ['', '14', '86401', '15.5', '-20', '020', 'Infinity']],
  ['bindingKeys', ['', key.slice(2), `${key},`, `${key},${key},${key}`, `${key}=`, `${key} `, `${key.slice(0, 42)}d`]],
  ['stage', ['', 'test-invoke-stage', 'a b', '$latest', 'x'.repeat(129), 'live\n']],
  ['domain', ['', 'API.example.com', 'a b', 'a/b', 'x'.repeat(254)]],
  ['bindExtendedRequestId', ['', 'ON', 'true', 'false']],
  ['keepRefusals', ['', 'ON', 'true', 'false']],
  ['connections', ['', '{}', 'null', 'file:connections.json']],
  ['secrets', ['', 'file:', 'file:secrets.json', 'file:/a\0b', 'env']],
  ['responseMode', ['', 'Stream', 'buffer']],
])('%s refuses what is not in its list', (name, texts) => {
  for (const text of texts) {
    expect(problemsOf(() => readSettings({ [settings[name].name]: text }, [name]))).toHaveLength(1);
  }
});

test('what is written is what is read', () => {
  fc.assert(
    fc.property(
      fc.record({
        release: fc.constantFrom(
          { kind: 'file' as const, path: '/srv/r.json' },
          { kind: 'folder' as const, path: '/srv/front#1', frontId: 'orders-3f9c' },
          { kind: 's3' as const, bucket: 'front-bucket', frontId: 'orders-3f9c' },
        ),
        pointerKey: fc.constantFrom('none', 'MFkwEwYHKoZIzj0CAQ==', 'MCow,MCow'),
        blocksKey: fc.constantFrom('none', 'MCow'),
        revocationsKey: fc.constantFrom('none', 'MCow'),
        maximumAgeSeconds: fc.integer({ min: 15, max: 86_400 }),
        bindingKeys: fc
          .array(fc.uint8Array({ minLength: 32, maxLength: 64 }), { minLength: 1, maxLength: 2 })
          .map((keys) => ({ kind: 'keys' as const, keys })),
        stage: fc.constantFrom('live', '$default'),
        domain: fc.constantFrom('any', 'api.example.com'),
        bindExtendedRequestId: fc.constantFrom('on' as const, 'off' as const),
        keepRefusals: fc.constantFrom('on' as const, 'off' as const),
        connections: fc.constantFrom(
          { kind: 'text' as const, text: '[{"name":"erp"}]' },
          { kind: 'file' as const, path: 'C:\\front\\connections.json' },
        ),
        secrets: fc.constantFrom({ kind: 'none' as const }, { kind: 'file' as const, path: '/home/a/secrets.json' }),
        responseMode: fc.constantFrom('buffered' as const, 'stream' as const),
      }),
      (values) => {
        expect(readSettings(writeSettings(values), all)).toEqual(values);
      },
    ),
  );
});

test('a value that could not be read back is not written', () => {
  expect(() => writeSettings({ stage: 'two words' })).toThrow('SALLYPORT_STAGE cannot say that');
});

test('no environment throws anything but problems', () => {
  const names = settingsTable.map(({ name }) => name);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' })), (environment) => {
      problemsOf(() => readSettings(environment, all));
    }),
  );
});

test('each name stands once and says which function reads it', () => {
  const names = settingsTable.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, usedBy, description, allowed } of settingsTable) {
    expect(name).toMatch(/^SALLYPORT_[A-Z_]+$/);
    expect(usedBy.length).toBeGreaterThan(0);
    expect(description.endsWith('.')).toBe(true);
    expect(allowed).not.toBe('');
  }
});

test.each(['authorizer', 'forwarder'] as const)('%s reads those that the table says', (name) => {
  const text = readFileSync(join(import.meta.dirname, `../../lambdas/${name}/handler.ts`), 'utf8');
  const [, names = ''] = /readSettings\(process\.env, \[([^\]]+)\]/.exec(text) ?? [];
  const read = [...names.matchAll(/'(\w+)'/g)].map(([, key]) => `${key}`);
  expect(read.sort()).toEqual(all.filter((key) => (settings[key].usedBy as readonly string[]).includes(name)).sort());
});
