import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { frontFolder } from './front-folder.ts';
import { haveBundles, type Lines } from './templates.ts';

const root = resolve(import.meta.dirname, '../..');
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object };

/** `cdk synth` as the CDK command line runs it: the app as a process, with the context of cdk.json; no account, no network. */
function synth(front: Lines | string = {}) {
  haveBundles();
  const outdir = mkdtempSync(join(tmpdir(), 'sallyport-synth-'));
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, front: typeof front === 'string' ? front : frontFolder(front) }),
    },
    encoding: 'utf8',
  });
  const manifest = join(outdir, 'manifest.json');
  return { status, stderr, templates: existsSync(manifest) ? readFileSync(manifest, 'utf8') : '' };
}

const waf =
  '{ name: api.example.com, certificate: "arn:aws:acm:eu-west-1:222222222222:certificate/0000", basePath: partners, waf: true }';

test.each<[string, Lines]>([
  ['as it is', {}],
  [
    'with a web ACL, a certificate of one’s own, three zones and reserved concurrency',
    {
      domain: waf,
      egress: '{ zones: 3 }',
      concurrency: '{ authorizer: 50, forwarder: 60 }',
    },
  ],
])('a front %s synthesises with no finding of CDK’s rules, of cdk-nag or of ours', (_, lines) => {
  const { status, stderr } = synth(lines);
  expect(stderr).not.toMatch(/ERROR|WARNING/);
  expect(stderr).toContain('Fixed cost, USD a month');
  expect(status).toBe(0);
});

test('the sample of a clone synthesises, cannot be deployed, and says how to go on', () => {
  const { status, stderr, templates } = synth(root);
  expect(stderr).not.toMatch(/ERROR|WARNING| {4}at /);
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /to look at: no account takes them[\s\S]*aws: \{[\s\S]*acme-ca\.pem[\s\S]*sallyport init my-front/,
  );
  expect(templates).toContain('/cdk-bootstrap/sampleonly/version');
  expect(templates).not.toContain('/cdk-bootstrap/hnb659fds/version');
});

test('a problem ends it before a template is written, with the line that mends it', () => {
  const { status, stderr, templates } = synth({ domain: undefined });
  expect([status, templates]).toEqual([1, '']);
  expect(stderr).toContain('→ domain: { name: api.example.com');
  expect(stderr).not.toContain('    at ');
});
