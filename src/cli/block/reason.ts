import { wrongUsage } from '../terminal/failure.ts';

/** One line for the record and the log. @param again the command to type with one */
export function reasonOf(text: string | undefined, what: string, again: string): string {
  const reason = (text ?? '').trim();
  if (reason === '') return wrongUsage(`${what} needs a reason`, `${again} --reason "why"`);
  if (/^[^\p{Cc}]{1,300}$/u.test(reason)) return reason;
  return wrongUsage('a reason is one line of at most 300 characters', `${again} --reason "why"`);
}
