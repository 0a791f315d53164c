import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { readFrontFiles } from '../src/config/folder.ts';
import { type DomainConfig, type FrontConfig, parseFront } from '../src/config/front.ts';
import { frontFile } from '../src/config/front-files.ts';
import { type Problem, ProblemError, refuse } from '../src/core/problem.ts';
import { loadRegistry, truststoreOf } from '../src/core/registry/load.ts';
import { compileRelease, type Release } from '../src/core/release/compile.ts';

/**
 * Reads and checks a front's folder: what `new Sallyport(…, { config })` takes.
 *
 * @throws ProblemError with every problem of every file
 */
export function frontFrom(folder: string): FrontConfig {
  const { config, problems } = parseFront(readFrontFiles(folder));
  if (config === undefined) throw new ProblemError(problems);
  return config;
}

/** The domain of a front that is to be deployed. */
export function domainOf(config: FrontConfig): DomainConfig {
  return config.domain ?? refuse(domainMissing);
}

/** The account and Region of a front that is to be deployed by our own stacks. */
export function environmentOf(config: FrontConfig): { readonly account: string; readonly region: string } {
  return (
    config.aws ??
    refuse({
      code: 'aws_missing',
      message: 'a front on AWS needs an account and a Region, so that it never lands in another one',
      place,
      remedy: 'aws: { account: "222222222222", region: eu-west-1 }',
    })
  );
}

/** The first release of a front, refused where it must not be deployed: sample CAs, nobody in it, too large. */
export function releaseOf({ registry }: FrontConfig): Release {
  return compileRelease({ document: registry, truststore: truststoreOf(loadRegistry(registry)) });
}

/**
 * Everything that can be known to be wrong before anything is created.
 *
 * @param scope where the front goes: its stack's account and Region are compared with the front's, where they are known
 * @throws ProblemError with all of it
 */
export function refuseUndeployable(config: FrontConfig, scope: IConstruct): void {
  const stack = Stack.of(scope);
  const problems = [
    ...(config.domain === undefined ? [domainMissing] : []),
    ...elsewhere(config, stack),
    ...certificatesElsewhere(config, stack),
    ...(config.tiers.size > 0 ? [tiersNotYet] : []),
    ...problemsOf(() => releaseOf(config)),
  ];
  if (problems.length > 0) throw new ProblemError(problems);
}

const place = { file: frontFile };

const domainMissing: Problem = {
  code: 'domain_missing',
  message: 'a front on AWS needs a domain name: mutual TLS is a property of it',
  place,
  remedy: 'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
};

/** Nothing makes the clients' API keys yet; with usage plans and without keys every request would be refused. */
const tiersNotYet: Problem = {
  code: 'tiers_not_yet',
  message: 'limits for each client cannot be deployed yet',
  place,
  found: 'tiers',
  allowed: 'no tiers; the whole front is limited to 1,000 requests a second',
  remedy: 'remove tiers: from sallyport.yaml, and tier: from the files of the clients',
};

function elsewhere({ aws }: FrontConfig, stack: Stack): readonly Problem[] {
  if (aws === undefined) return [];
  const differs = (found: string, wanted: string) => !Token.isUnresolved(found) && found !== wanted;
  if (!differs(stack.account, aws.account) && !differs(stack.region, aws.region)) return [];
  return [
    {
      code: 'stack_elsewhere',
      message: 'the stack goes to another account or Region than the front says',
      place,
      found: `${stack.account} ${stack.region}`,
      allowed: `${aws.account} ${aws.region}`,
      remedy: `new Stack(app, id, { env: { account: '${aws.account}', region: '${aws.region}' } })`,
    },
  ];
}

function certificatesElsewhere({ domain, aws }: FrontConfig, stack: Stack): readonly Problem[] {
  const known = (value: string) => (Token.isUnresolved(value) ? undefined : value);
  const [region, account] = [aws?.region ?? known(stack.region), aws?.account ?? known(stack.account)];
  const keys = ['certificate', 'ownershipCertificate'] as const;
  return keys.flatMap((key) => {
    const found = domain?.[key];
    const [, , , itsRegion, itsAccount] = found?.split(':') ?? [];
    const here = (wanted: string | undefined, its: string | undefined) => wanted === undefined || wanted === its;
    if (found === undefined || (here(region, itsRegion) && here(account, itsAccount))) return [];
    return [
      {
        code: 'certificate_elsewhere',
        message: 'API Gateway takes a certificate only from its own account and Region',
        place,
        found,
        allowed: `${region ?? 'the Region of the stack'}, account ${account ?? 'of the stack'}`,
        remedy: `aws acm request-certificate --region ${region ?? 'REGION'} --domain-name ${domain?.name} --validation-method DNS   # then its ARN as ${key}:`,
      },
    ];
  });
}

function problemsOf(attempt: () => unknown): readonly Problem[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
}
