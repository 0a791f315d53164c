import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeAws, openFakeAws } from '../aws/fake-aws.ts';
import { frontFolder } from '../lib/front-folder.ts';
import { sallyport } from './run.ts';

// One property for every command that asks AWS: what is missing is named, with what to type; nothing is called good.
jest.setTimeout(120_000);

const commands = [
  ['doctor'],
  ['doctor', '--leftovers'],
  ['status'],
  ['releases'],
  ['egress'],
  ['publish'],
  ['secret', 'list'],
  ['secret', 'set', 'erp'],
];
const folder = frontFolder();
let home: string;
let aws: FakeAws;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sallyport-nobody-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/config'),
    '[profile corp]\nsso_session = s\nsso_account_id = 222222222222\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://sso.example\nsso_region = eu-west-1\n',
  );
  aws = await openFakeAws();
});
afterAll(async () => {
  rmSync(home, { recursive: true });
  await aws.close();
});

const nobody = () => ({ HOME: home, AWS_EC2_METADATA_DISABLED: 'true', AWS_ACCESS_KEY_ID: '', AWS_PROFILE: '' });
const run = (args: readonly string[], env: Record<string, string>) =>
  sallyport(args, folder, { input: 'value\n', env });

const key = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };
const told = (found: { code: number | null; out: string; err: string }, message: RegExp, next: RegExp) => {
  expect(found.code).toBe(3);
  expect(found.out + found.err).toMatch(message);
  expect(found.out + found.err).toMatch(next);
  expect(found.out + found.err).not.toMatch(/unexpected|nothing stands in the way|not deployed|nothing is published/);
};

test.each(commands)('without any: %s %s %s', async (...command) => {
  const found = await run(command.filter(Boolean), nobody());
  told(found, /there are no AWS credentials here/, /→ aws sso login --profile NAME/);
});

test('each kind of missing credential is told apart', async () => {
  const unreached = { ...nobody(), ...key, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const [ended, typo, offline] = await Promise.all([
    run(['status', '--profile', 'corp'], nobody()),
    run(['status', '--profile=typo'], nobody()),
    run(['doctor'], unreached),
  ]);
  told(ended, /the AWS sign-on session has ended/, /→ aws sso login --profile corp/);
  told(typo, /the profile typo gives no AWS credentials/, /→ aws configure list-profiles/);
  told(offline, /AWS was not reached \(ECONNREFUSED\)/, /→ check network/);
});

test.each(commands)('in another account: %s %s %s', async (...command) => {
  const elsewhere = frontFolder({ aws: '{ account: "333333333333", region: eu-west-1 }' });
  const { code, out, err } = await sallyport(command.filter(Boolean), elsewhere, {
    input: 'value\n',
    env: { ...nobody(), ...key, AWS_ENDPOINT_URL: aws.endpoint },
  });
  expect([1, 3]).toContain(code);
  expect(out + err).toMatch(/222222222222[\s\S]*333333333333/);
  expect(out + err).not.toMatch(/not deployed|nothing is published/);
});
