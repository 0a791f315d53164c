import { formatName, type Name } from '../../core/x509/name.ts';
import { dialects } from '../../core/x509/names/dialects.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { type Output, printable } from '../terminal/output.ts';

export interface Answer {
  readonly document: Record<string, unknown>;
  /** False when the text alone does not say which of its readings is meant. */
  readonly certain: boolean;
  print(output: Output): void;
}

export function printed(name: Name): Record<string, string> {
  return Object.fromEntries(dialects.map(({ id, write }) => [id, write(name)]));
}

export function printDialects(name: Name, output: Output): void {
  const width = Math.max(...dialects.map(({ tool }) => tool.length)) + 2;
  output.out('as it is printed by');
  for (const { tool, note, write } of dialects) {
    const [first = '', ...rest] = write(name).split('\n');
    output.out(`  ${output.faint(tool.padEnd(width))}${printable(first)}`);
    for (const line of rest) output.out(`  ${' '.repeat(width)}${printable(line)}`);
    if (note !== undefined) output.out(`  ${' '.repeat(width)}${output.faint(`(${note})`)}`);
  }
}

/** As people read it; where that is not ASCII also as it stands in files and logs. */
export function printName(name: Name, output: Output): void {
  const [canonical, letters] = [formatName(name), readableName(name)];
  if (letters !== canonical) printLine('reads', letters, output);
  if (name.rdns.length > 0) printLine('canonical', canonical, output);
}

export function printLine(label: string, text: string, output: Output): void {
  output.out(`${output.faint(label.padEnd(11))}${text}`);
}
