import { methods } from '../../src/core/aws-limits.ts';
import type { ApiStage } from './events.ts';

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: [
    { readonly Action: 'execute-api:Invoke'; readonly Effect: 'Allow' | 'Deny'; readonly Resource: string },
  ];
}

/** Explicit, for everything: a policy that merely lacks an Allow is overruled by a resource policy that has one. */
export const denyPolicy: PolicyDocument = policyOf('Deny', '*');

/**
 * Allow for one method, which a rule has matched, of one stage. The path stays out: it is the caller's, and `*` in it
 * would be a wildcard.
 */
export function allowPolicy(api: ApiStage, method: string): PolicyDocument {
  if (!methods.some((own) => own === method)) throw new Error('A policy names a method in one of our own words only.');
  return policyOf(
    'Allow',
    `arn:${api.partition}:execute-api:${api.region}:${api.account}:${api.id}/${api.stage}/${method}/*`,
  );
}

function policyOf(effect: 'Allow' | 'Deny', resource: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
  };
}
