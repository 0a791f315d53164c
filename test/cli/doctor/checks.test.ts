import { type DoctorMeans, examine, type Finding, nodeCheck } from '../../../src/cli/doctor/checks.ts';
import { leftovers } from '../../../src/cli/doctor/leftovers.ts';
import { frontConfig } from '../../lib/front-folder.ts';

const aws = { account: '222222222222', region: 'eu-west-1' };
const arn = 'arn:aws:acm:eu-west-1:222222222222:certificate/0000';
const own = `{ name: api.example.com, certificate: "${arn}" }`;
const now = Date.UTC(2026, 5, 1);
const issued = { status: 'ISSUED', type: 'AMAZON_ISSUED', names: ['api.example.com'] };

interface World {
  readonly account?: string;
  readonly bootstrap?: number | 'absent';
  readonly certificate?: typeof issued & { readonly notAfter?: number };
  readonly stored?: readonly string[];
  readonly exists?: boolean;
  readonly deployed?: boolean;
  readonly servers?: readonly string[];
  readonly addresses?: readonly string[];
}

const meansOf = (world: World = {}): DoctorMeans => ({
  caller: async () => ({ account: world.account ?? aws.account, arn: 'arn:aws:iam::222222222222:user/alice' }),
  account: {
    bootstrapVersion: async () => (world.bootstrap === 'absent' ? undefined : (world.bootstrap ?? 27)),
    certificate: async () => world.certificate,
    apiGateway: async () => ({ requestsPerSecond: 10_000 }),
    buckets: async () => ['sallyport-orders-3f9c-trust-releases'],
  },
  secrets: { list: async () => (world.stored ?? ['erp']).map((name) => ({ name })), set: async () => 'created' },
  domain: {
    read: async () =>
      world.exists === true
        ? { truststore: undefined, status: 'available', detail: 'AVAILABLE', warnings: [] }
        : undefined,
  },
  isDeployed: async () => world.deployed === true,
  dns: {
    resolveNs: (async () => [...(world.servers ?? ['ns-1.awsdns-00.com'])]) as DoctorMeans['dns']['resolveNs'],
    resolve4: (async () => [...(world.addresses ?? [])]) as unknown as DoctorMeans['dns']['resolve4'],
  },
  nodeVersion: '24.20.0',
  now: () => now,
});

const findingOf = async (check: string, world: World, lines: Record<string, string> = {}): Promise<Finding> => {
  const found = (await examine(meansOf(world), frontConfig(lines), aws)).find((each) => each.check === check);
  if (found === undefined) throw new Error(`no finding of ${check}`);
  return found;
};

test('an account that is ready: nothing is bad', async () => {
  const findings = await examine(meansOf(), frontConfig(), aws);
  expect(findings.filter(({ state }) => state === 'bad' || state === 'unknown')).toEqual([]);
  expect(findings).toHaveLength(9);
});

const day = 86_400_000;
const bad: readonly [string, string, World, Record<string, string>, RegExp, RegExp][] = [
  ['another account', 'credentials', { account: '111111111111' }, {}, /111111111111/, /--profile/],
  [
    'no bootstrap',
    'bootstrap',
    { bootstrap: 'absent' },
    {},
    /no bootstrap/,
    /cdk bootstrap aws:\/\/222222222222\/eu-west-1/,
  ],
  ['an old bootstrap', 'bootstrap', { bootstrap: 3 }, {}, /too old/, /cdk bootstrap/],
  ['no such certificate', 'server certificate', {}, { domain: own }, /does not exist/, /request-certificate/],
  [
    'a certificate that waits for its record',
    'server certificate',
    { certificate: { ...issued, status: 'PENDING_VALIDATION' } },
    { domain: own },
    /PENDING_VALIDATION/,
    /describe-certificate .*DomainValidationOptions/,
  ],
  [
    'a certificate of another name',
    'server certificate',
    { certificate: { ...issued, names: ['*.api.example.com', 'example.com'] } },
    { domain: own },
    /not for api\.example\.com/,
    /request-certificate/,
  ],
  [
    'an imported certificate without a proof of ownership',
    'server certificate',
    { certificate: { ...issued, type: 'IMPORTED' } },
    { domain: own },
    /proof of ownership/,
    /ownershipCertificate/,
  ],
  [
    'a proof of ownership that is itself imported',
    'ownership certificate',
    { certificate: { ...issued, type: 'IMPORTED' } },
    { domain: `${own.slice(0, -2)}, ownershipCertificate: "${arn}" }` },
    /proven by a public one/,
    /request-certificate/,
  ],
  [
    'a zone that Route 53 does not serve',
    'hosted zone',
    { servers: ['ns1.other.example'] },
    {},
    /not Route 53/,
    /delegate/,
  ],
  [
    'a domain of somebody else in this account',
    'domain name',
    { exists: true },
    {},
    /exists in API Gateway/,
    /remove\.md/,
  ],
  ['a missing secret', 'secrets', { stored: [] }, {}, /erp \(connection erp\)/, /^sallyport secret set erp$/],
];

test.each(bad)('%s is bad, with the command that mends it', async (_, check, world, lines, found, next) => {
  const finding = await findingOf(check, world, lines);
  expect(finding).toMatchObject({
    state: 'bad',
    found: expect.stringMatching(found),
    next: expect.stringMatching(next),
  });
});

test('wildcards cover one label, and certificates near their end are noted', async () => {
  const of = (world: World) => findingOf('server certificate', world, { domain: own });
  expect((await of({ certificate: { ...issued, names: ['*.example.com'] } })).state).toBe('good');
  expect((await of({ certificate: { ...issued, notAfter: now + 10 * day } })).state).toBe('note');
  expect((await of({ certificate: { ...issued, notAfter: now + 100 * day } })).state).toBe('good');
});

test('our own domain is no obstacle; a name that resolves already is noted', async () => {
  expect((await findingOf('domain name', { exists: true, deployed: true })).state).toBe('good');
  expect((await findingOf('domain name', { addresses: ['192.0.2.1'] })).state).toBe('note');
});

test('with credentials of another account nothing else is asked', async () => {
  const findings = await examine(meansOf({ account: '111111111111' }), frontConfig(), aws);
  expect(findings.map(({ check }) => check)).toEqual(['Node', 'credentials']);
});

test('a check that cannot be made says why and stops none of the others', async () => {
  const means = meansOf();
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const account = { ...means.account, bootstrapVersion: () => Promise.reject(denied) };
  const findings = await examine({ ...means, account }, frontConfig(), aws);
  expect(findings.find(({ check }) => check === 'bootstrap')).toMatchObject({
    state: 'unknown',
    found: 'AWS says no to this: not authorized',
    next: expect.stringContaining('sallyport-ID-plan'),
  });
  expect(findings).toHaveLength(9);
});

test.each([
  ['22.18.9', 'bad'],
  ['20.19.0', 'bad'],
  ['22.19.0', 'note'],
  ['24.0.0', 'note'],
  ['24.21.0', 'note'],
  ['24.20.0', 'good'],
])('Node %s is %s', (nodeVersion, state) => {
  expect(nodeCheck({ nodeVersion }).state).toBe(state);
});

test('leftovers: what is there is named, and each has its command', async () => {
  const means = { ...meansOf({ exists: true }), parameters: async () => ['/sallyport/orders-3f9c/floor'] };
  const found = await leftovers(means, frontConfig(), aws);
  expect(Object.fromEntries(found.map(({ what, found: there }) => [what, there]))).toMatchObject({
    'the domain name': ['api.example.com'],
    'the bucket of releases': ['sallyport-orders-3f9c-trust-releases'],
    'the parameters': ['/sallyport/orders-3f9c/floor'],
    'the secrets of connections': ['sallyport/orders-3f9c/erp'],
  });
  for (const { command } of found) expect(command).toMatch(/^aws /);
});
