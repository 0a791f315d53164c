import { awsLimits } from '../../core/aws-limits.ts';
import { isRecord } from '../../core/unknown.ts';

/** `malformed` is what makes API Gateway answer 500. */
export type PolicyVerdict = 'allow' | 'explicit-deny' | 'no-match' | 'malformed';

const action = 'execute-api:invoke';

/**
 * What API Gateway makes of an authorizer's policy for one request. An explicit Deny wins over any Allow. Conditions and
 * the Not… elements are not emulated: a policy that has them counts as malformed, which closes.
 */
export function evaluatePolicy(document: unknown, methodArn: string): PolicyVerdict {
  if (!isRecord(document)) return 'malformed';
  const statements = listOf(document.Statement);
  if (statements.length === 0) return 'malformed';
  let verdict: PolicyVerdict = 'no-match';
  let denied = false;
  for (const statement of statements) {
    const matched = statementMatches(statement, methodArn);
    if (matched === undefined || !isRecord(statement)) return 'malformed';
    if (matched && statement.Effect === 'Deny') denied = true;
    if (matched && statement.Effect === 'Allow') verdict = 'allow';
  }
  return denied ? 'explicit-deny' : verdict;
}

const known = new Set(['Sid', 'Effect', 'Action', 'Resource']);

function statementMatches(statement: unknown, methodArn: string): boolean | undefined {
  if (!isRecord(statement) || Object.keys(statement).some((key) => !known.has(key))) return undefined;
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return undefined;
  const actions = listOf(statement.Action);
  const resources = listOf(statement.Resource);
  if (actions.length === 0 || !actions.every(isText)) return undefined;
  if (resources.length === 0 || !resources.every(isText)) return undefined;
  if (resources.some((resource) => resource.length > awsLimits.policyResourceCharacters)) return undefined;
  return (
    actions.some((pattern) => matchesWildcards(pattern.toLowerCase(), action)) &&
    resources.some((pattern) => matchesWildcards(pattern, methodArn))
  );
}

/** `*` is any number of characters, `/` and `:` too; `?` is one. Linear in the text for each `*`; no regular expression to blow up. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let star = -1;
  let resume = 0;
  while (inText < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern;
      resume = inText;
      inPattern += 1;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === text[inText]) {
      inPattern += 1;
      inText += 1;
    } else if (star >= 0) {
      resume += 1;
      inPattern = star + 1;
      inText = resume;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
