import type { resolve4, resolveNs } from 'node:dns/promises';
import type { Account } from '../../aws/account.ts';
import type { Caller } from '../../aws/caller.ts';
import { awsFailureOf } from '../../aws/failure.ts';
import type { Secrets } from '../../aws/secrets.ts';
import type { FrontConfig } from '../../config/front.ts';
import { dayMilliseconds } from '../../core/day.ts';
import { nodeReleaseOf } from '../../core/node-release.ts';
import type { ConnectionConfig } from '../../core/registry/connection.ts';
import type { Edge } from '../../publish/edge.ts';

export interface Finding {
  readonly check: string;
  /** `note`: nothing is wrong, but somebody should know. `unknown`: could not be looked at. */
  readonly state: 'good' | 'bad' | 'note' | 'unknown';
  readonly found: string;
  /** What to type, or to do. */
  readonly next?: string;
}

export interface DoctorMeans {
  caller(): Promise<Caller>;
  readonly account: Account;
  readonly secrets: Secrets;
  readonly domain: Pick<Edge, 'read'>;
  /** Whether this front was deployed here before. */
  isDeployed(): Promise<boolean>;
  readonly dns: { readonly resolveNs: typeof resolveNs; readonly resolve4: typeof resolve4 };
  /** Whose credentials were chosen. */
  readonly profile?: string;
  /** `process.versions.node` */
  readonly nodeVersion: string;
  /** Epoch ms. */
  now(): number;
}

type Aws = NonNullable<FrontConfig['aws']>;
type Check = (means: DoctorMeans, config: FrontConfig, aws: Aws) => Promise<Omit<Finding, 'check'>>;

/** What the stacks' asset names and roles need (CDK v2, modern bootstrap). */
const minimumBootstrap = 6;

export const nodeCheck = ({ nodeVersion }: Pick<DoctorMeans, 'nodeVersion'>): Omit<Finding, 'check'> => {
  const release = nodeReleaseOf(nodeVersion);
  if (release.state === 'good') return { state: 'good', found: nodeVersion };
  // A deploy listens to nobody: what is only bad for a listener does not stand in its way.
  return { state: release.state === 'too-old' ? 'bad' : 'note', found: release.why, next: release.remedy };
};

const credentials: Check = async ({ caller }, _config, aws) => {
  const { account, arn } = await caller();
  if (account === aws.account) return { state: 'good', found: arn };
  return {
    state: 'bad',
    found: `${arn} of account ${account}; the front is in ${aws.account}`,
    next: `aws sso login with a profile of account ${aws.account}, then --profile NAME`,
  };
};

const bootstrap: Check = async ({ account }, _config, aws) => {
  const version = await account.bootstrapVersion();
  const next = `npx cdk bootstrap aws://${aws.account}/${aws.region}`;
  if (version === undefined) return { state: 'bad', found: 'CDK has no bootstrap stack here', next };
  if (version < minimumBootstrap) return { state: 'bad', found: `version ${version}, too old`, next };
  return { state: 'good', found: `version ${version}` };
};

const certificate =
  (key: 'certificate' | 'ownershipCertificate'): Check =>
  async ({ account, now }, { domain }, aws) => {
    const arn = domain?.[key];
    if (arn === undefined) {
      const why =
        key === 'certificate' ? `made by the deploy, through ${domain?.hostedZone?.name ?? 'the zone'}` : 'not needed';
      return { state: 'good', found: why };
    }
    const name = domain?.name ?? '';
    const request = `aws acm request-certificate --region ${aws.region} --domain-name ${name} --validation-method DNS`;
    if (arn.split(':')[3] !== aws.region)
      return { state: 'bad', found: `${arn} is in another Region than ${aws.region}`, next: request };
    const found = await account.certificate(arn);
    if (found === undefined) return { state: 'bad', found: `${arn} does not exist here`, next: request };
    if (found.status !== 'ISSUED') {
      const records = `aws acm describe-certificate --region ${aws.region} --certificate-arn ${arn} --query Certificate.DomainValidationOptions`;
      return { state: 'bad', found: `${found.status}`, next: `${records}   # and make the record that it prints` };
    }
    if (!found.names.some((each) => covers(each, name)))
      return { state: 'bad', found: `is for ${found.names.join(', ')}, not for ${name}`, next: request };
    if (key === 'ownershipCertificate' && found.type !== 'AMAZON_ISSUED')
      return { state: 'bad', found: `${found.type}: ownership is proven by a public one of ACM`, next: request };
    if (key === 'certificate' && found.type !== 'AMAZON_ISSUED' && domain?.ownershipCertificate === undefined) {
      const next = `${request}   # then its ARN as ownershipCertificate:`;
      return { state: 'bad', found: `${found.type}, which needs a proof of ownership`, next };
    }
    const days = found.notAfter === undefined ? undefined : Math.floor((found.notAfter - now()) / dayMilliseconds);
    if (days !== undefined && days < 30)
      return { state: 'note', found: `ends in ${days} days`, next: 'renew it; a lapsed one locks the domain' };
    return { state: 'good', found: `issued for ${found.names.join(', ')}` };
  };

/** RFC 6125: a wildcard stands for exactly one label. */
function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.startsWith('*.') && name.slice(name.indexOf('.')) === pattern.slice(1));
}

const zone: Check = async ({ dns }, { domain }) => {
  const name = domain?.hostedZone?.name;
  if (name === undefined) return { state: 'good', found: 'DNS is elsewhere: docs/deploy.md has the record to forward' };
  const servers = await dns.resolveNs(name).catch(() => []);
  if (servers.some((server) => /\.awsdns-\d+\./.test(server)))
    return { state: 'good', found: `${name} is served by Route 53` };
  return {
    state: 'bad',
    found:
      servers.length === 0 ? `${name} has no name servers` : `${name} is served by ${servers.join(', ')}, not Route 53`,
    next: `aws route53 get-hosted-zone --id ${domain?.hostedZone?.id} --query DelegationSet   # delegate ${name} to these, or certificate: instead of hostedZone:`,
  };
};

const domainName: Check = async (means, { domain, id }) => {
  const name = domain?.name ?? '';
  const [exists, isDeployed] = [await means.domain.read(), await means.isDeployed()];
  if (exists !== undefined && isDeployed) return { state: 'good', found: `${name}: ${exists.detail}` };
  if (exists !== undefined) {
    return {
      state: 'bad',
      found: `${name} exists in API Gateway already, and not through the front ${id}`,
      next: `aws apigateway get-base-path-mappings --domain-name ${name}   # docs/remove.md: give the name free, or choose another`,
    };
  }
  const addresses = await means.dns.resolve4(name).catch(() => []);
  if (addresses.length === 0) return { state: 'good', found: `${name} is free` };
  return {
    state: 'note',
    found: `${name} resolves to ${addresses.join(', ')} today`,
    next: 'if that is another front or API, the deploy takes its place: docs/deploy.md, testing before DNS',
  };
};

/** Name of a secret → the connection that needs it. */
export function secretsNeeded(connections: Iterable<ConnectionConfig>): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  for (const { name, credential } of connections) {
    if (credential.kind === 'basic') needed.set(credential.passwordFrom, name);
    if (credential.kind === 'bearer') needed.set(credential.tokenFrom, name);
    if (credential.kind === 'header') needed.set(credential.valueFrom, name);
  }
  return needed;
}

const secrets: Check = async ({ secrets: stored }, { connections }) => {
  const needed = secretsNeeded(connections.values());
  const there = new Set((await stored.list()).map(({ name }) => name));
  const missing = [...needed.keys()].filter((name) => !there.has(name));
  if (missing.length === 0) return { state: 'good', found: `${needed.size} of ${needed.size}` };
  return {
    state: 'bad',
    found: `missing: ${missing.map((name) => `${name} (connection ${needed.get(name)})`).join(', ')}`,
    next: missing.map((name) => `sallyport secret set ${name}`).join('; '),
  };
};

const quotas: Check = async ({ account }) => {
  const { requestsPerSecond, logRole } = await account.apiGateway();
  const rate = requestsPerSecond === undefined ? 'unknown' : `${requestsPerSecond} requests/s in the account`;
  const next =
    'Lambda concurrency: aws lambda get-account-settings --query AccountLimit   # new accounts have 10; the front wants 1,000';
  const role = logRole === undefined ? '' : `; the log role of the account, ${logRole}, will be replaced`;
  return { state: 'note', found: `API Gateway: ${rate}${role}`, next };
};

const checks: readonly (readonly [string, Check])[] = [
  ['credentials', credentials],
  ['bootstrap', bootstrap],
  ['server certificate', certificate('certificate')],
  ['ownership certificate', certificate('ownershipCertificate')],
  ['hosted zone', zone],
  ['domain name', domainName],
  ['secrets', secrets],
  ['quotas', quotas],
];

/** Every check, one after the other; one that cannot be made says why and stops none of the others. */
export async function examine(means: DoctorMeans, config: FrontConfig, aws: Aws): Promise<readonly Finding[]> {
  const findings: Finding[] = [{ check: 'Node', ...nodeCheck(means) }];
  for (const [name, check] of checks) {
    try {
      findings.push({ check: name, ...(await check(means, config, aws)) });
    } catch (error) {
      const failed = awsFailureOf(error, { profile: means.profile });
      const found = failed?.message ?? (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      findings.push({ check: name, state: 'unknown', found, next: failed?.next ?? 'run it again with --debug' });
    }
    // With the wrong account every other answer would be about somebody else.
    if (name === 'credentials' && findings.at(-1)?.state !== 'good') break;
  }
  return findings;
}
