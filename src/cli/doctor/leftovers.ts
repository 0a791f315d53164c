import type { Account } from '../../aws/account.ts';
import type { Secrets } from '../../aws/secrets.ts';
import type { FrontConfig } from '../../config/front.ts';
import { parameterPathOf, secretPrefixOf } from '../../core/release/layout.ts';
import type { Edge } from '../../publish/edge.ts';

export interface Leftover {
  readonly what: string;
  readonly why: string;
  /** Undefined where we have no client to look with: the command looks. */
  readonly found?: readonly string[];
  readonly command: string;
}

export interface LeftoverMeans {
  readonly account: Pick<Account, 'buckets'>;
  readonly secrets: Pick<Secrets, 'list'>;
  readonly domain: Pick<Edge, 'read'>;
  /** Full names of the front's parameters that exist. */
  parameters(): Promise<readonly string[]>;
}

/** What a front leaves behind when its stacks are destroyed. Looks, and deletes nothing. */
export async function leftovers(
  means: LeftoverMeans,
  config: FrontConfig,
  { region }: { readonly region: string },
): Promise<readonly Leftover[]> {
  const name = config.domain?.name ?? '';
  const prefix = secretPrefixOf(config.id);
  const [domain, parameters, secrets, buckets] = await Promise.all([
    name === '' ? undefined : means.domain.read(),
    means.parameters(),
    means.secrets.list(),
    // CloudFormation names a bucket after its stack, in lower case.
    means.account.buckets(`sallyport-${config.id}-`),
  ]);
  const parameterNames = parameters.length > 0 ? parameters.join(' ') : parameterPathOf(config.id, 'floor');
  return [
    {
      what: 'the domain name',
      why: 'its DNS target is in other people’s records',
      found: domain === undefined ? [] : [name],
      command: `aws apigateway delete-domain-name --region ${region} --domain-name ${name}`,
    },
    {
      what: 'its certificate',
      why: 'a certificate in use cannot be deleted',
      command: `aws acm list-certificates --region ${region}   # then: aws acm delete-certificate --certificate-arn ARN`,
    },
    {
      what: 'the Elastic IPs',
      why: 'they are in the firewalls of your backends; each costs 3.65 USD a month',
      command: `aws ec2 describe-addresses --region ${region} --filters Name=tag:aws:cloudformation:stack-name,Values=sallyport-${config.id}-egress   # keep them: egress: { elasticIps: […] }; or: aws ec2 release-address --allocation-id ID`,
    },
    {
      what: 'the bucket of releases',
      why: 'it is the record of who was let in when. Its policy refuses deletions until it is removed',
      found: buckets,
      command: `aws s3api delete-bucket-policy --bucket ${buckets[0] ?? 'BUCKET'}   # then empty it with all its versions in the console, and delete it`,
    },
    {
      what: 'the two KMS keys',
      why: 'without them the kept releases cannot be read or checked; each costs 1 USD a month',
      command: `aws kms list-keys --region ${region}   # those described "… of ${config.id}": aws kms schedule-key-deletion --key-id ID --pending-window-in-days 30`,
    },
    {
      what: 'the parameters',
      why: 'the floor guards against older releases. A front with the same id cannot begin anew while they are there',
      found: parameters,
      command: `aws ssm delete-parameters --region ${region} --names ${parameterNames}`,
    },
    {
      what: 'the secrets of connections',
      why: 'you have set them, no stack has',
      found: secrets.map((secret) => `${prefix}${secret.name}`),
      command: `aws secretsmanager delete-secret --region ${region} --secret-id ${prefix}${secrets[0]?.name ?? 'NAME'}`,
    },
    {
      what: 'API Gateway’s log role',
      why: 'it is a setting of the whole account, and other APIs may log through it by now',
      command: `aws apigateway get-account --region ${region} --query cloudwatchRoleArn`,
    },
  ];
}
