import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintRules } from '../../src/core/lint/table.ts';
import { ca } from '../pki.ts';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);

const root = ca({ subject: { O: 'Acme', CN: 'Acme Root' }, notAfter: Date.UTC(2046, 0, 1) });
const issuing = root.ca({ subject: { O: 'Acme', CN: 'Acme Issuing' } });
const at = ['--at', '2026-06-01'];
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const bundleFile = 'truststore/authorities/acme-ca.pem';

/** A front that may be deployed, in a folder of its own. */
function frontFolder(bundle: string, stage = 'test'): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-lint-'));
  folders.push(folder);
  mkdirSync(join(folder, 'truststore/authorities'), { recursive: true });
  mkdirSync(join(folder, 'truststore/clients'));
  const files = {
    'sallyport.yaml': `format: 1\nid: orders-3f9c\nfront: orders\nstage: ${stage}\nsupport: { email: api-team@example.com }\nconnections: { erp: { transport: direct, url: "https://tenant.example.com", credential: none } }\nroutes: [{ match: "GET /orders", connection: erp }]\n`,
    [bundleFile]: bundle,
    'truststore/authorities/acme-ca.yaml': 'authority: acme-ca\nrevocation: { none: "a test" }\n',
    'truststore/clients/acme.yaml':
      "client: acme\nidentities: [{ authority: acme-ca, subject: 'CN=orders-client, O=Acme' }]\nallow: [GET /orders]\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('help begins with examples', async () => {
  const { code, out } = await sallyport(['lint', '--help'], tmpdir());
  expect([code, out]).toEqual([0, expect.stringMatching(/^Examples:\n {2}\$ sallyport lint /)]);
});

test('a good front: nothing found, 0', async () => {
  const { code, out } = await sallyport(['lint', ...at], frontFolder(issuing.pem + root.pem));
  expect([code, out]).toEqual([0, `nothing found by ${lintRules.length} rules\n`]);
});

test('warnings leave 0; --at and --expiring-days move what expires soon', async () => {
  const folder = frontFolder(issuing.pem + root.pem);
  const near = await sallyport(['lint', '--at', '2045-12-01'], folder);
  expect(near.code).toBe(0);
  expect(near.out).toMatch(/acme-ca\.pem:1[0-9]: warning ca_expiring: a CA certificate expires soon\n {2}found {2}/);
  expect(near.out).toContain('0 errors, 1 warning');
  const narrow = await sallyport(['lint', '--at', '2045-12-01', '--expiring-days', '10'], folder);
  expect(narrow.out).toContain('nothing found');
  const after = await sallyport(['lint', '--at', '2046-06-01'], folder);
  expect([after.code, after.out]).toEqual([1, expect.stringContaining('error ca_expired')]);
});

test('errors end with 1, say what, why and what to do; problems of the files stand beside them', async () => {
  const folder = frontFolder(issuing.pem);
  writeFileSync(
    join(folder, 'truststore/clients/acme.yaml'),
    "client: acme\nidentities: [{ authority: acme-ca, subject: 'CN=orders-client, O=Acme' }]\nallow: [GET /nosuch]\n",
  );
  const { code, out } = await sallyport(['lint', ...at], folder);
  expect(code).toBe(1);
  expect(out).toMatch(/acme-ca\.pem:1: error authority_without_root: .*\n {2}found .*\n {2}why .*\n {2}→ .*Acme Root/);
  expect(out.match(/authority_without_root/g)).toHaveLength(1);
  expect(out).toMatch(/truststore\/clients\/acme\.yaml:3: error \w+/);
});

test('--json is one document', async () => {
  const { code, out } = await sallyport(['lint', '--json', ...at], frontFolder(root.pem + issuing.pem));
  expect(code).toBe(0);
  expect(out).toMatch(/^\{"format":1,/);
  expect(JSON.parse(out)).toMatchObject({
    errors: 0,
    warnings: 1,
    findings: [{ rule: 'bundle_order', severity: 'warning', file: bundleFile, line: 1, fixable: true }],
    fixes: [],
  });
});

test('--sarif is a SARIF log and nothing else', async () => {
  const { code, out } = await sallyport(['lint', '--sarif', ...at], frontFolder(root.pem + issuing.pem));
  expect(code).toBe(0);
  const log = JSON.parse(out);
  expect(Object.keys(log)).toEqual(['$schema', 'version', 'runs']);
  expect(log.runs[0].tool.driver).toMatchObject({
    name: 'sallyport',
    semanticVersion: expect.stringMatching(/^\d+\./),
  });
  expect(log.runs[0].results).toMatchObject([{ ruleId: 'bundle_order', level: 'warning' }]);
});

describe('--fix', () => {
  const messy = `# our root\n${root.pem}${issuing.pem}${root.pem}`;
  const clean = `${issuing.pem}# our root\n${root.pem}`;

  test('without a terminal and without --yes shows the diff, writes nothing, 1', async () => {
    const folder = frontFolder(messy);
    const { code, out, err } = await sallyport(['lint', '--fix'], folder);
    expect(code).toBe(1);
    expect(out).toMatch(/--- truststore\/authorities\/acme-ca\.pem\n/);
    expect(out).toMatch(/^- \[certificate CN=Acme Root,O=Acme, until 2046-01-01, sha256 [0-9a-f]{16}\]$/m);
    expect(err).toContain('nothing was written; --yes writes without asking');
    expect(readFileSync(join(folder, bundleFile), 'utf8')).toBe(messy);
  });

  test('--yes writes, leaves no file behind, and lints what it wrote', async () => {
    const folder = frontFolder(messy);
    const { code, out, err } = await sallyport(['lint', '--fix', '--yes'], folder);
    expect(err).toContain('1 file written');
    expect([code, out]).toEqual([0, expect.stringContaining('nothing found')]);
    expect(readFileSync(join(folder, bundleFile), 'utf8')).toBe(clean);
    expect(readdirSync(join(folder, 'truststore/authorities')).sort()).toEqual(['acme-ca.pem', 'acme-ca.yaml']);
    const again = await sallyport(['lint', '--fix', '--yes', '--json'], folder);
    expect([again.code, JSON.parse(again.out).fixes]).toEqual([0, []]);
  });

  test('line ends of Windows stay', async () => {
    const folder = frontFolder(messy.replaceAll('\n', '\r\n'));
    await sallyport(['lint', '--fix', '--yes'], folder);
    expect(readFileSync(join(folder, bundleFile), 'utf8')).toBe(clean.replaceAll('\n', '\r\n'));
  });
});

test('--other finds a CA of a test front in production', async () => {
  const tests = frontFolder(issuing.pem + root.pem, 'test');
  const production = frontFolder(issuing.pem + root.pem, 'production');
  const { code, out } = await sallyport(['lint', '--other', tests, ...at], production);
  expect(code).toBe(0);
  expect(out).toContain('warning authority_in_both_stages');
  expect(out).toContain('warning revocation_none');
  expect((await sallyport(['lint', '--other', tests, ...at], tests)).out).toContain('nothing found');
});

test.each([
  [['lint', '--json', '--sarif'], 2, '--json and --sarif are two documents'],
  [['lint', '--yes'], 2, '--yes goes with --fix'],
  [['lint', '--fix', '--at', '2020-01-01'], 2, 'goes by the clock'],
  [['lint', '--expiring-days', 'x'], 2, 'is not a number of days'],
  [['lint', '--at', 'soon'], 2, '--at soon is not a time'],
  [['--front', 'nosuch', 'lint'], 3, 'this folder cannot be opened'],
])('%j: %i', async (args, code, message) => {
  const run = await sallyport(args, frontFolder(issuing.pem + root.pem));
  expect([run.code, run.err]).toEqual([code, expect.stringContaining(message)]);
  expect(run.err).toContain('→ ');
});
