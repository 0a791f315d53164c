import { openAccount } from '../../src/aws/account.ts';
import { openSecretsManager } from '../../src/aws/secrets.ts';
import { type FakeAws, openFakeAws } from './fake-aws.ts';

let aws: FakeAws;
beforeEach(async () => {
  aws = await openFakeAws();
});
afterEach(() => aws.close());

const settings = () => ({
  region: 'eu-west-1',
  endpoint: aws.endpoint,
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' },
});
const arn = 'arn:aws:acm:eu-west-1:222222222222:certificate/0000';

describe('an account', () => {
  test('with and without a bootstrap stack', async () => {
    const account = openAccount(settings());
    expect(await account.bootstrapVersion()).toBeUndefined();
    aws.parameters.set('/cdk-bootstrap/hnb659fds/version', '27');
    expect(await account.bootstrapVersion()).toBe(27);
  });

  test('a certificate that is there, and one that is not', async () => {
    const account = openAccount(settings());
    expect(await account.certificate(arn)).toBeUndefined();
    aws.certificates.set(arn, { Status: 'ISSUED', Type: 'AMAZON_ISSUED', DomainName: '*.example.com' });
    expect(await account.certificate(arn)).toEqual({
      status: 'ISSUED',
      type: 'AMAZON_ISSUED',
      names: ['*.example.com'],
      notAfter: undefined,
    });
  });

  test('what API Gateway bears, and which buckets there are', async () => {
    aws.buckets.push('sallyport-orders-3f9c-trust-x', 'other');
    const account = openAccount(settings());
    expect(await account.apiGateway()).toEqual({ requestsPerSecond: 10000, logRole: undefined });
    expect(await account.buckets('sallyport-orders-3f9c-')).toEqual(['sallyport-orders-3f9c-trust-x']);
  });
});

test('secrets: made, changed, listed without their prefix; a value is never read', async () => {
  aws.secrets.set('sallyport/orders-3f9cx/other', 'x');
  const secrets = openSecretsManager('sallyport/orders-3f9c/', settings());
  expect(await secrets.set('erp', 'one')).toBe('created');
  expect(await secrets.set('erp', 'two')).toBe('changed');
  expect(aws.secrets.get('sallyport/orders-3f9c/erp')).toBe('two');
  expect(await secrets.list()).toEqual([{ name: 'erp', changedAt: 1_767_225_600_000 }]);
  const targets = aws.requests.map(({ headers }) => headers['x-amz-target']);
  expect(targets).not.toContain('secretsmanager.GetSecretValue');
});
