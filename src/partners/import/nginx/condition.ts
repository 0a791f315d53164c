import { matchesRegex } from './simple-regex.ts';
import { exactSubject } from './subject-text.ts';
import type { Directive } from './text/syntax.ts';
import { isSubjectVariable, type ValueOf, type World } from './variables.ts';

/** `if (…)` as nginx takes it apart. */
export interface Condition {
  readonly variable: string;
  readonly operator?: '=' | '!=' | '~' | '~*' | '!~' | '!~*';
  readonly value: string;
}

/** Undefined: a file test, or something that nginx would not take. */
export function conditionOf({ args }: Directive): Condition | undefined {
  const [first = '', ...rest] = args;
  if (!first.startsWith('(')) return undefined;
  const words = first === '(' ? rest : [first.slice(1), ...rest];
  const last = words.at(-1) ?? '';
  if (!last.endsWith(')')) return undefined;
  const [name = '', operator, value, ...more] =
    last === ')' ? words.slice(0, -1) : [...words.slice(0, -1), last.slice(0, -1)];
  const variable = /^\$\{?(\w+)\}?$/.exec(name)?.[1];
  if (variable === undefined || more.length > 0) return undefined;
  if (operator === undefined) return { variable, value: '' };
  if (value === undefined || !isOperator(operator)) return undefined;
  return { variable, operator, value };
}

function isOperator(text: string): text is NonNullable<Condition['operator']> {
  return ['=', '!=', '~', '~*', '!~', '!~*'].includes(text);
}

/** Whether the condition holds in this world; undefined: nobody knows. */
export function holds({ variable, operator, value }: Condition, knownOf: ValueOf, world: World): boolean | undefined {
  const found = knownOf(variable, world);
  if (found === undefined) return undefined;
  if (operator === undefined) return found !== '' && found !== '0';
  const isSubject = isSubjectVariable(variable) && world.subject !== undefined;
  if (operator === '=' || operator === '!=') {
    if (value.includes('$') || (isSubject && found !== value && isPrintedOf(value, variable, world))) return undefined;
    return (found === value) === (operator === '=');
  }
  const ignoresCase = operator.endsWith('*');
  const matches = matchesRegex(value, ignoresCase, found);
  // how the certificate's letters are cased is not certain: only what holds either way is
  if (matches === undefined || (isSubject && !matches && matchesRegex(value, true, found) !== false)) return undefined;
  return matches === !operator.startsWith('!');
}

/** The same subject, printed otherwise: which of both the certificate has nobody knows. */
function isPrintedOf(text: string, variable: string, { subject }: World): boolean {
  const check = exactSubject(text, variable.endsWith('_legacy'));
  return 'subject' in check && check.subject.key === subject?.key;
}
