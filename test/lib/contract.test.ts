import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lines, oneOf, type Resources, resourcesOf, single, split } from './templates.ts';

const logicalIds = JSON.parse(readFileSync(join(import.meta.dirname, 'logical-ids.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;

/** What holds state or an address that somebody else has written down: a new id would make a new one. */
const stateful = [
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::EC2::EIP',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::CertificateManager::Certificate',
  'AWS::SecretsManager::Secret',
  'AWS::SSM::Parameter',
  'Custom::SallyportFirstRelease',
  'AWS::EC2::VPC',
  'AWS::EC2::NatGateway',
];

function idsOf(resources: Resources): Record<string, string> {
  const found = Object.entries(resources).filter(([, { Type }]) => stateful.includes(Type));
  return Object.fromEntries(found.map(([id, { Type }]) => [id, Type]).sort());
}

const everything = (lines: Lines = {}) => {
  const { trust, egress, front } = split(lines);
  return { trust: resourcesOf(trust), egress: resourcesOf(egress), front: resourcesOf(front) };
};
const contract = (lines: Lines = {}) => {
  const { trust, egress, front } = everything(lines);
  return { trust: idsOf(trust), egress: idsOf(egress), front: idsOf(front) };
};

/** What differs from run to run: digests of bundles and of a CA that the tests generate. */
const normalised = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{64}/g, 'DIGEST')) as unknown;

describe('logical ids are a contract', () => {
  test('of the three stacks', () => {
    expect(contract()).toEqual({ trust: logicalIds.trust, egress: logicalIds.egress, front: logicalIds.front });
  });

  test('of the construct in a stack of somebody’s', () => {
    expect(idsOf(resourcesOf(single().template))).toEqual(logicalIds.single);
  });

  test('stack names are made of the front’s id', () => {
    const names = Object.values(split().stacks).map(({ stackName }) => stackName);
    expect(names).toEqual([
      'sallyport-orders-3f9c-trust',
      'sallyport-orders-3f9c-egress',
      'sallyport-orders-3f9c-front',
    ]);
  });
});

describe('a snapshot of', () => {
  test.each(['trust', 'egress', 'front'] as const)('the stack %s', (name) => {
    expect(normalised(split()[name].toJSON())).toMatchSnapshot();
  });

  test('the construct in one stack', () => {
    expect(normalised(single().template.toJSON())).toMatchSnapshot();
  });
});

describe('what a change replaces, and what it never does', () => {
  /** Ids of all resources, whatever their properties. */
  const allIds = (lines?: Lines) =>
    Object.values(everything(lines))
      .flatMap((resources) => Object.keys(resources))
      .sort();
  const property = (resources: Resources, type: string, name: string) =>
    Object.values(resources).find(({ Type }) => Type === type)?.Properties?.[name];

  test('another label: descriptions, nothing else', () => {
    const lines = { front: 'purchase-orders' };
    expect(allIds(lines).map(withoutHash)).toEqual(allIds().map(withoutHash));
    const flat = (more?: Lines) =>
      Object.values(everything(more)).flatMap((resources) =>
        Object.entries(resources).map(([id, resource]) => [
          withoutHash(id),
          JSON.stringify(resource)
            .replaceAll('purchase-orders', 'orders')
            .replace(/(Deployment[0-9A-F]{8})[0-9a-f]{32}/g, '$1')
            .replace(/[0-9a-f]{64}/g, ''),
        ]),
      );
    expect(flat(lines)).toEqual(flat());
  });

  test('another domain name: the domain and its certificate anew, the old domain stays, everything else as it was', () => {
    const domain =
      '{ name: new.example.com, replaceDomain: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }';
    expect(contract({ domain })).toEqual(contract());
    const { front, trust } = everything({ domain });
    expect(property(front, 'AWS::ApiGateway::DomainName', 'DomainName')).toBe('new.example.com');
    expect(oneOf(split({ domain }).front, 'AWS::ApiGateway::DomainName')[1].UpdateReplacePolicy).toBe('Retain');
    // The custom resource refuses the name that is not said to go, before the domain's stack is touched.
    const custom = Object.values(trust).find(({ Type }) => Type === 'Custom::SallyportFirstRelease');
    expect(custom?.Properties).toMatchObject({ domainName: 'new.example.com', replaceDomain: 'api.example.com' });
  });

  test('more zones: addresses are added, none of the old ones moves', () => {
    const addresses = (lines?: Lines) => Object.keys(contract(lines).egress).filter((id) => id.includes('Address'));
    expect(addresses({ egress: '{ zones: 3 }' })).toEqual(expect.arrayContaining(addresses()));
    const natOf = (lines?: Lines) =>
      Object.entries(everything(lines).egress).filter(([, { Type }]) => Type === 'AWS::EC2::NatGateway');
    expect(natOf({ egress: '{ zones: 3 }' })).toEqual(expect.arrayContaining(natOf()));
  });

  test('other connections or partners: no id changes but that of the deployment', () => {
    const connections = '{ erp: { transport: direct, url: "https://other.example.com", credential: none } }';
    expect(allIds({ connections }).map(withoutHash)).toEqual(allIds().map(withoutHash));
    expect(contract({ connections })).toEqual(contract());
  });

  test('another front id is another front: nothing of it shares a name with the first one', () => {
    const text = JSON.stringify(everything({ id: 'invoices-77aa' }));
    expect(text).not.toContain('orders-3f9c');
  });

  test('the bucket has no name of ours, so that a new one never collides with one that was kept', () => {
    expect(property(everything().trust, 'AWS::S3::Bucket', 'BucketName')).toBeUndefined();
  });
});

/** The id of a deployment ends with a digest of what it deploys. */
function withoutHash(id: string): string {
  return id.replace(/(Deployment[0-9A-F]{8})[0-9a-f]{32}$/, '$1');
}
