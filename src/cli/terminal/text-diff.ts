import { isoDay } from '../../core/day.ts';
import { certificateBlocks, readPlaced } from '../../core/lint/front.ts';
import { formatName } from '../../core/x509/name.ts';
import { type Output, printable } from './output.ts';

/** How many lines around a change are shown. */
const contextLines = 2;
/** Beyond this many cells of the table of common lines the whole middle is shown as replaced. */
const maxCells = 4_000_000;

export interface DiffLine {
  readonly sign: ' ' | '-' | '+' | '@';
  readonly text: string;
}

/** One file of a front: new without `before`, removed without `after`. */
export interface FileChange {
  readonly file: string;
  readonly before?: string;
  readonly after?: string;
}

/** What changes from one text to the other, line by line with two lines around each change; `@` stands for lines left out. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const middle = changed(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ sign: ' ', text }));
  return shortened([...same(old.slice(0, head)), ...middle, ...same(old.slice(old.length - tail))]);
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** By the longest common subsequence: what stays is shown as it is. */
function changed(old: readonly string[], fresh: readonly string[]): readonly DiffLine[] {
  const removed = (text: string): DiffLine => ({ sign: '-', text });
  const added = (text: string): DiffLine => ({ sign: '+', text });
  if (old.length * fresh.length > maxCells) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = fresh.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        old[row] === fresh[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length || column < fresh.length) {
    const [left, right] = [old[row], fresh[column]];
    if (left !== undefined && left === right) {
      lines.push({ sign: ' ', text: left });
      row += 1;
      column += 1;
    } else if (left !== undefined && (right === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(removed(left));
      row += 1;
    } else {
      lines.push(added(right ?? ''));
      column += 1;
    }
  }
  return lines;
}

function shortened(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - contextLines), index + contextLines + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap((line, index): readonly DiffLine[] => {
    if (near[index] === true) return [line];
    return index === 0 || near[index - 1] === true ? [{ sign: '@', text: '…' }] : [];
  });
}

/** The lines of one file that change. */
export function printDiff(file: string, lines: readonly DiffLine[], output: Output): void {
  const paint = { '-': output.bad, '+': output.good, ' ': output.faint, '@': output.faint };
  output.out(output.strong(`--- ${file}`));
  for (const { sign, text } of lines) output.out(paint[sign](`${sign} ${printable(text)}`));
}

/** With each certificate as one line that says what it is: nobody reads a diff of base64. */
export function changeLines({ file, before, after }: FileChange): readonly DiffLine[] {
  const shown = (text: string | undefined) =>
    text === undefined ? '' : file.endsWith('.pem') ? describeBundle(text, file) : text;
  return diffLines(shown(before), shown(after));
}

/** A text with PEM, each certificate as one line that says what it is. */
export function describeBundle(text: string, file: string): string {
  const bare = text.replaceAll('\r\n', '\n');
  let described = bare;
  for (const { body } of certificateBlocks(bare)) {
    const [placed] = readPlaced(body, file);
    if (placed === undefined) continue;
    const { subject, notAfter, sha256 } = placed.certificate;
    const line = `[certificate ${formatName(subject)}, until ${isoDay(notAfter)}, sha256 ${sha256.slice(0, 16)}]`;
    described = described.replace(body, () => line);
  }
  return described;
}
