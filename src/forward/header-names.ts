import { foldName } from '../core/fold-name.ts';

/** Whether a folded name is meant. */
export type HeaderNames = (folded: string) => boolean;

/** Names as a connection's `strip` and `pass` write them: whole, or a beginning and `*`. */
export function headerNamesOf(written: readonly string[]): HeaderNames {
  const names = new Set(written.filter((name) => !name.endsWith('*')).map(foldName));
  const prefixes = written.filter((name) => name.endsWith('*')).map((name) => foldName(name.slice(0, -1)));
  return (folded) => names.has(folded) || prefixes.some((prefix) => folded.startsWith(prefix));
}
