import type { MeasureOptions } from './measure.ts';

/** One line of a table. */
export type Row = MeasuredRow | SkippedRow;

interface MeasuredRow {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** What it is compared with, in the same unit and measured in the same rounds. */
  readonly baseline?: { readonly what: string; readonly value: number };
  readonly bar?: Bar;
}

type Unit = 'µs' | 'ms' | 'kB' | 'MB' | '/s' | 'of 80';

/** What is aimed at. The ratio is value ÷ baseline, or for `times-faster` its inverse. */
type Bar =
  | { readonly kind: 'at-most'; readonly value: number }
  | { readonly kind: 'ratio-at-most'; readonly value: number }
  | { readonly kind: 'times-faster'; readonly value: number };

/** What could not be measured on this machine, and why. */
interface SkippedRow {
  readonly what: string;
  readonly skipped: string;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(options: BenchmarkOptions): Promise<readonly Row[]>;
}

export interface BenchmarkOptions extends MeasureOptions {
  readonly quick: boolean;
}

function ratioOf(row: MeasuredRow): number | undefined {
  const { value, baseline } = row;
  // of nothing there is no ratio: a count of wrong answers may be 0
  if (baseline === undefined || value === 0 || baseline.value === 0) return undefined;
  return isTimesFaster(row) ? baseline.value / value : value / baseline.value;
}

/** Whether the ratio says how much faster, rather than how much slower. */
function isTimesFaster({ value, baseline, bar }: MeasuredRow): boolean {
  return bar === undefined ? value < (baseline?.value ?? 0) : bar.kind === 'times-faster';
}

function isMet(row: MeasuredRow): boolean | undefined {
  const { bar, value } = row;
  if (bar === undefined) return undefined;
  const ratio = ratioOf(row) ?? Number.NaN;
  switch (bar.kind) {
    case 'at-most':
      return value <= bar.value;
    case 'ratio-at-most':
      return ratio <= bar.value;
    case 'times-faster':
      return ratio >= bar.value;
  }
}

/** A Markdown table that also reads well on a terminal. */
export function tableOf(title: string, rows: readonly Row[]): string {
  const head = ['what', 'median', 'baseline', 'its median', 'ratio', 'bar', 'met'];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [first = [], ...rest] = cells;
  return [`## ${title}`, '', line(first), rule, ...rest.map(line), ''].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  if ('skipped' in row) return [row.what, 'skipped', row.skipped, '', '', '', ''];
  const ratio = ratioOf(row);
  const met = isMet(row);
  return [
    row.what,
    quantity(row.value, row.unit),
    row.baseline?.what ?? '',
    row.baseline === undefined ? '' : quantity(row.baseline.value, row.unit),
    ratio === undefined ? '' : ratioText(ratio, isTimesFaster(row)),
    row.bar === undefined ? '' : barText(row.bar, row.unit),
    met === undefined ? '' : met ? 'yes' : 'NO',
  ];
}

function quantity(value: number, unit: Unit): string {
  return `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)} ${unit}`;
}

function ratioText(ratio: number, isFaster: boolean): string {
  return isFaster ? `${ratio.toPrecision(3)} × faster` : `${ratio.toFixed(2)} ×`;
}

function barText(bar: Bar, unit: Unit): string {
  switch (bar.kind) {
    case 'at-most':
      return `≤ ${bar.value} ${unit}`;
    case 'ratio-at-most':
      return `≤ ${bar.value} ×`;
    case 'times-faster':
      return `≥ ${bar.value} × faster`;
  }
}
