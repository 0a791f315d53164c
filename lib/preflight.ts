import { readFrontFiles } from '../config/folder.ts';
import { type DomainConfig, type FrontConfig, parseFront } from '../config/front.ts';
import { ProblemError, refuse } from '../core/problem.ts';

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
  return (
    config.domain ??
    refuse({
      code: 'domain_missing',
      message: 'a front on AWS needs a domain name: mutual TLS is a property of it',
      place: { file: 'sallyport.yaml' },
      remedy: 'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
    })
  );
}

/** The account and Region of a front that is to be deployed by our own stacks. */
export function environmentOf(config: FrontConfig): { readonly account: string; readonly region: string } {
  return (
    config.aws ??
    refuse({
      code: 'aws_missing',
      message: 'a front on AWS needs an account and a Region, so that it never lands in another one',
      place: { file: 'sallyport.yaml' },
      remedy: 'aws: { account: "222222222222", region: eu-west-1 }',
    })
  );
}
