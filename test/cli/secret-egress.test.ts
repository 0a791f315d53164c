import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressForms } from '../../src/cli/egress/egress-forms.ts';
import { writeDeployed } from '../../src/core/release/deployed.ts';
import { type FakeAws, openFakeAws } from '../aws/fake-aws.ts';
import { frontFolder } from '../lib/front-folder.ts';
import { sallyport } from './run.ts';

// Each runs the command line several times as processes of their own.
jest.setTimeout(60_000);

let aws: FakeAws;
let home: string;
beforeEach(async () => {
  aws = await openFakeAws();
  home = mkdtempSync(join(tmpdir(), 'sallyport-home-'));
});
afterEach(() => aws.close());

const folder = frontFolder();
const run = (args: readonly string[], input?: string, front = folder) =>
  sallyport(args, front, {
    input,
    env: {
      HOME: home,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_SESSION_TOKEN: '',
    },
  });

const deployed = (addresses?: string[]) =>
  aws.parameters.set(
    '/sallyport/orders-3f9c/deployed',
    writeDeployed({
      format: 1,
      bucket: 'front-bucket',
      signingKey: 'arn:aws:kms:eu-west-1:222222222222:key/pointer',
      blocksKey: 'arn:aws:kms:eu-west-1:222222222222:key/blocks',
      releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/releases',
      connections: {},
      tiers: {},
      bundles: {},
      egress: '0'.repeat(16),
      addresses,
    }),
  );

describe('secret', () => {
  test('set stores what is piped in, without its last line end, and prints it nowhere', async () => {
    const { code, out, err } = await run(['secret', 'set', 'erp'], 'correct horse\n');
    expect([code, out]).toEqual([0, 'created: erp, in 222222222222 eu-west-1, sallyport/orders-3f9c/*\n']);
    expect(aws.secrets.get('sallyport/orders-3f9c/erp')).toBe('correct horse');
    expect(out + err).not.toContain('horse');
  });

  test('a value as an argument is refused, and not repeated', async () => {
    const { code, out, err } = await run(['secret', 'set', 'erp', 'hunter2'], '');
    expect(code).toBe(2);
    expect(out + err).not.toContain('hunter2');
    expect(aws.secrets.size).toBe(0);
  });

  test('an empty value and a name that is none are wrong usage', async () => {
    expect((await run(['secret', 'set', 'erp'], '\n')).code).toBe(2);
    expect((await run(['secret', 'set', '../erp'], 'x')).code).toBe(2);
    expect(aws.secrets.size).toBe(0);
  });

  test('a secret that no connection names is stored with a note', async () => {
    const { code, err } = await run(['secret', 'set', 'epr'], 'x');
    expect(code).toBe(0);
    expect(err).toContain('no connection of . names secret:epr');
  });

  test('list says what is needed and what is missing, with the command', async () => {
    const missing = await run(['secret', 'list']);
    expect([missing.code, missing.out]).toEqual([1, 'missing  erp  (connection erp)\n  → sallyport secret set erp\n']);
    aws.secrets.set('sallyport/orders-3f9c/erp', 'x');
    const there = await run(['secret', 'list', '--json']);
    expect(there.code).toBe(0);
    expect(JSON.parse(there.out)).toMatchObject({
      format: 1,
      secrets: [{ name: 'erp', connection: 'erp', stored: true, changedAt: '2026-01-01T00:00:00.000Z' }],
    });
  });

  test('--local writes the file of `dev`, mode 0600, and keeps what is in it', async () => {
    expect((await run(['secret', 'set', 'erp', '--local'], 'one')).code).toBe(0);
    expect((await run(['secret', 'set', 'crm', '--local'], 'two')).code).toBe(0);
    const path = join(home, '.config/sallyport/orders-3f9c/secrets.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ erp: 'one', crm: 'two' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(aws.requests).toEqual([]);
    expect((await run(['secret', 'list', '--local'])).out).toContain('there    erp');
  });

  test('--local refuses a place inside a repository, and leaves nothing there', async () => {
    mkdirSync(join(home, '.git'));
    const { code, err } = await run(['secret', 'set', 'erp', '--local'], 'one');
    expect(code).toBe(3);
    expect(err).toContain('git work tree');
    expect((await run(['secret', 'list', '--local'])).out).toContain('missing');
  });
});

describe('egress', () => {
  test('prints the addresses of the deployment, or the lines to paste', async () => {
    deployed(['203.0.113.7', '203.0.113.9']);
    expect((await run(['egress'])).out).toBe('203.0.113.7\n203.0.113.9\n');
    expect((await run(['egress', '--as', 'nginx'])).out).toBe('allow 203.0.113.7;\nallow 203.0.113.9;\ndeny all;\n');
    expect(JSON.parse((await run(['egress', '--json'])).out)).toEqual({
      format: 1,
      addresses: ['203.0.113.7', '203.0.113.9'],
    });
    expect((await run(['egress', '--as', 'haproxy'])).code).toBe(2);
  });

  test.each(Object.keys(egressForms))('as %s every address is there, and nothing else is allowed', (name) => {
    const text = egressForms[name]?.write(['203.0.113.7', '203.0.113.9']) ?? '';
    expect(text.match(/203\.0\.113\.\d+/g)).toEqual(['203.0.113.7', '203.0.113.9']);
    expect(text).not.toMatch(/0\.0\.0\.0/);
  });

  test('before the deploy, in a VPC of one’s own, with Elastic IPs of one’s own: what to do instead', async () => {
    const before = await run(['egress']);
    expect([before.code, before.err]).toEqual([3, expect.stringContaining('npx cdk deploy --all')]);
    deployed();
    expect((await run(['egress'])).err).toContain('VPC of your own');
    const own = frontFolder({ egress: '{ zones: 1, elasticIps: [eipalloc-0123456789abcdef0] }' });
    expect((await run(['egress'], undefined, own)).err).toContain('--allocation-ids eipalloc-0123456789abcdef0');
  });
});

describe('doctor', () => {
  test('an empty account: each thing with its command, and the answer is no', async () => {
    const { code, out } = await run(['doctor']);
    expect(code).toBe(1);
    expect(out).toContain('→ npx cdk bootstrap aws://222222222222/eu-west-1');
    expect(out).toContain('→ sallyport secret set erp');
    const document = JSON.parse((await run(['doctor', '--json'])).out) as { findings: { check: string }[] };
    expect(document.findings.map(({ check }) => check)).toContain('bootstrap');
  });

  test('a front without an account, and a front that is none', async () => {
    expect((await run(['doctor'], undefined, frontFolder({ aws: undefined }))).err).toContain('add aws:');
    const broken = frontFolder();
    writeFileSync(join(broken, 'sallyport.yaml'), 'format: 1\n');
    expect((await run(['doctor'], undefined, broken)).code).toBe(3);
  });

  test('--live and --leftovers print their tables', async () => {
    const live = await run(['doctor', '--live']);
    expect([live.code, live.out]).toEqual([0, expect.stringContaining('unproven')]);
    expect(aws.requests).toEqual([]);
    aws.parameters.set('/sallyport/orders-3f9c/floor', '7');
    const { code, out } = await run(['doctor', '--leftovers']);
    expect(code).toBe(0);
    expect(out).toContain('aws ssm delete-parameters --region eu-west-1 --names /sallyport/orders-3f9c/floor');
  });
});
