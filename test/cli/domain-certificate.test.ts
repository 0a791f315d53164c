import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeAws, openFakeAws } from '../aws/fake-aws.ts';
import { frontFolder } from '../lib/front-folder.ts';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);

let aws: FakeAws;
let folder: string;
beforeEach(async () => {
  aws = await openFakeAws();
  folder = frontFolder();
});
afterEach(() => aws.close());

const arn = 'arn:aws:acm:eu-west-1:222222222222:certificate/0';
const text = () => readFileSync(join(folder, 'sallyport.yaml'), 'utf8');
const run = (...args: string[]) =>
  sallyport(['domain', 'certificate', ...args], folder, {
    env: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: '',
    },
  });
const pending = () => aws.certificates.get(arn) ?? { Status: '', Type: '', DomainName: '' };

test('requested, the record shown, waited for, and the ARN written in the place of the zone', async () => {
  const before = text();
  const running = run('--dns-elsewhere', '--every', '1');
  while (aws.certificates.size === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  setTimeout(() => {
    pending().Status = 'ISSUED';
  }, 1_500);
  const { code, out, err } = await running;
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/name {3}_a\.api\.example\.com\.[\s\S]*value {2}_b\.acm-validations\.aws\./),
  ]);
  expect(out).toContain(`issued: ${arn}`);
  expect(text()).toBe(before.replace('hostedZone: { id: Z0123456789, name: example.com }', `certificate: "${arn}"`));
  expect(await run()).toMatchObject({ code: 0 });
  expect(aws.certificates.size).toBe(1);
});

test('without a wait: 3 and nothing written; the same command goes on with the same certificate', async () => {
  const before = text();
  const first = await run('--dns-elsewhere', '--wait', '0', '--every', '1');
  expect(first).toMatchObject({ code: 3, err: expect.stringContaining('_a.api.example.com.') });
  expect(text()).toBe(before);
  pending().Status = 'ISSUED';
  expect(await run('--dns-elsewhere', '--json')).toMatchObject({
    code: 0,
    out: expect.stringContaining('"written":true'),
  });
  expect(aws.certificates.size).toBe(1);
  expect(text()).toContain(`certificate: "${arn}"`);
});

test('one that failed is a no, with the reason; a zone of this account needs none', async () => {
  expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('--dns-elsewhere') });
  expect(aws.certificates.size).toBe(0);
  await run('--dns-elsewhere', '--wait', '0', '--every', '1');
  Object.assign(pending(), { Status: 'FAILED', FailureReason: 'CAA_ERROR' });
  expect(await run('--dns-elsewhere')).toMatchObject({ code: 1, err: expect.stringContaining('CAA_ERROR') });
  expect(text()).toContain('hostedZone');
});
