import { fillTemplate, referenceHeader, referenceVariable, refusalTemplate } from '../../core/decide/refusal-body.ts';
import type { FrontDocument } from '../../core/registry/document.ts';
import { isRecord } from '../../core/unknown.ts';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import type { Invocation } from './invoke.ts';
import { evaluatePolicy } from './policy.ts';

/** What API Gateway makes of an authorizer's invocation. */
export type Authorization =
  | { readonly admitted: true; readonly context: Readonly<Record<string, string>> }
  | { readonly admitted: false; readonly answer: Answer; readonly reference?: string };

/**
 * @param sourceIp for the gateway response of a refusal, as `$context.identity.sourceIp`
 */
export function authorizationOf(
  invocation: Invocation,
  methodArn: string,
  sourceIp: string,
  front: Pick<FrontDocument, 'support'>,
): Authorization {
  if (invocation.outcome === 'threw' && invocation.error instanceof Error) {
    if (invocation.error.message === 'Unauthorized') return { admitted: false, answer: errorAnswer('unauthorized') };
  }
  if (invocation.outcome !== 'returned' || !isRecord(invocation.result)) return failed;
  const { principalId, policyDocument } = invocation.result;
  const context = contextOf(invocation.result.context);
  if (typeof principalId !== 'string' || principalId === '' || context === undefined) return failed;
  const verdict = evaluatePolicy(policyDocument, methodArn);
  if (verdict === 'malformed') return failed;
  if (verdict === 'allow') return { admitted: true, context: { ...context, principalId } };
  return accessDenied(context, sourceIp, front);
}

const failed: Authorization = { admitted: false, answer: errorAnswer('authorizerFailed') };

/** The gateway response ACCESS_DENIED as we deploy it: template and one header, both by substitution. */
function accessDenied(
  context: Readonly<Record<string, string>>,
  sourceIp: string,
  front: Pick<FrontDocument, 'support'>,
): Authorization {
  const values: Record<string, string> = { 'context.identity.sourceIp': sourceIp };
  for (const [name, value] of Object.entries(context)) values[`context.authorizer.${name}`] = value;
  const reference = values[referenceVariable];
  const answer = jsonAnswer(403, 'AccessDeniedException', fillTemplate(refusalTemplate(front), values));
  if (reference === undefined) return { admitted: false, answer };
  return {
    admitted: false,
    answer: { ...answer, headers: [...answer.headers, [referenceHeader, reference]] },
    reference,
  };
}

/** Flat; strings, numbers and booleans, all of which arrive as strings. */
function contextOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) return undefined;
  const context: Record<string, string> = {};
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'string' && typeof member !== 'number' && typeof member !== 'boolean') return undefined;
    context[name] = String(member);
  }
  return context;
}
