import { ProblemError } from '../../../core/problem.ts';
import type { Name } from '../../../core/x509/name.ts';
import { parseNameText } from '../../../core/x509/name-text.ts';
import { simpleRegex } from './simple-regex.ts';

/** A comparison with a printed subject: the one subject that it means, or why it means no one subject. */
export type DnCheck = { readonly subject: Name } | { readonly why: string };

/** As nginx prints it: RFC 2253, or with slashes in the legacy variable. `text` is compared whole. */
export function exactSubject(text: string, legacy: boolean): DnCheck {
  try {
    const subject = parseNameText(legacy ? text : `rfc4514:${text}`);
    return subject.rdns.length > 0 ? { subject } : { why: 'an empty subject' };
  } catch (error) {
    if (error instanceof ProblemError) return { why: error.problems[0]?.message ?? 'it is no subject' };
    throw error;
  }
}

/** A regular expression means one subject only when it is anchored at both ends and has nothing but literal characters. */
export function regexSubject(
  expression: string,
  ignoresCase: boolean,
  legacy: boolean,
): DnCheck & { readonly text?: string } {
  if (ignoresCase) return { why: 'a regular expression without case also matches subjects that differ in it' };
  if (!expression.startsWith('^') || !expression.endsWith('$')) {
    return { why: 'an unanchored regular expression matches every subject that contains it, wherever it stands' };
  }
  const [text, ...others] = simpleRegex(expression)?.texts ?? [];
  if (text === undefined || others.length > 0) return { why: 'a regular expression that matches many subjects' };
  return { ...exactSubject(text, legacy), text };
}
