import { ProblemError } from '../../core/problem.ts';
import type { Name } from '../../core/x509/name.ts';
import { parseNameText } from '../../core/x509/name-text.ts';

/** A comparison with a printed subject: the one subject that it means, or why it means no one subject. */
export type DnCheck = { readonly subject: Name } | { readonly why: string };

/** `text` is compared whole. */
export function exactDn(text: string): DnCheck {
  try {
    const subject = parseNameText(text);
    if (subject.rdns.length > 0) return { subject };
    return { why: 'an empty subject' };
  } catch (error) {
    if (error instanceof ProblemError) return { why: error.problems[0]?.message ?? 'it is no subject' };
    throw error;
  }
}

/** A regular expression means one subject only when it is anchored at both ends and has nothing but literal characters. */
export function regexDn(expression: string, caseInsensitive: boolean): DnCheck {
  if (caseInsensitive) return { why: 'a regular expression without case also matches subjects that differ in it' };
  if (!expression.startsWith('^') || !expression.endsWith('$')) {
    return { why: 'an unanchored regular expression matches every subject that contains it, wherever it stands' };
  }
  const inner = expression.slice(1, -1);
  const literal = inner.replace(/\\([.^$*+?()[\]{}|/\\-])/g, '\u0000');
  if (/[.^$*+?()[\]{}|\\]/.test(literal)) return { why: 'a regular expression that matches many subjects' };
  return exactDn(inner.replace(/\\([.^$*+?()[\]{}|/\\-])/g, '$1'));
}
