import type { Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import type { BundleFix } from '../../core/lint/canonical-bundle.ts';
import { type Finding, lint } from '../../core/lint/lint.ts';
import { sarifOf } from '../../core/lint/sarif.ts';
import { lintRules } from '../../core/lint/table.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readGitPrefix } from '../terminal/git.ts';
import { type Output, printable } from '../terminal/output.ts';
import { parseTime } from '../terminal/time.ts';
import { count } from '../terminal/words.ts';
import { diffOf, fixesOf, printFix, writeFix } from './fix.ts';
import { readForLint } from './read.ts';

interface LintCommandOptions extends CommonOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly sarif?: boolean;
  readonly at?: string;
  readonly expiringDays: string;
  readonly other: readonly string[];
}

const defaultExpiringDays = 60;

export function addLintCommand(program: Command, { output, end }: CommandContext): Command {
  return program
    .command('lint')
    .description('What is wrong with the certificates and clients of this front, and what will be soon.')
    .option('--fix', 'put files of CAs in order and drop what is useless: shows a diff, then asks')
    .option('--yes', 'with --fix: write without asking')
    .option('--sarif', 'print SARIF 2.1.0, for code scanning')
    .option('--at <time>', 'as of then: 2027-06-30 or 2027-06-30T12:00:00Z (default: now)')
    .option('--expiring-days <days>', 'what ends within so many days is said to expire soon', `${defaultExpiringDays}`)
    .option(
      '--other <dir>',
      'another front, to find a CA that is in production and in a test (may be repeated)',
      (folder: string, folders: readonly string[]) => [...folders, folder],
      [],
    )
    .addHelpText(
      'before',
      examples([
        ['sallyport lint', 'errors end with 1, warnings with 0'],
        ['sallyport lint --at 2027-06-30 --expiring-days 90', 'what the summer will bring'],
        ['sallyport lint --fix', 'mend what can be mended, after a look at the diff'],
        ['sallyport lint --other ../orders-test', 'does a CA of the test front vouch here?'],
        ['sallyport lint --sarif > lint.sarif', 'for code scanning in CI'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<LintCommandOptions>();
      const question = questionOf(options);
      const found = lintFront(options, question);
      const machine = options.json === true || options.sarif === true;
      const fixes = options.fix === true ? fixesOf(found.input, found.findings, question.now) : [];
      if (!machine) for (const fix of fixes) printFix(fix, output);
      const written = await writeAll(fixes, options, machine, output);
      const findings = written ? lintFront(options, question).findings : found.findings;
      if (options.sarif === true) {
        const prefix = (await readGitPrefix(options.front)) ?? '';
        output.out(JSON.stringify(sarifOf(findings, { version: manifest.version, prefix })));
      } else if (options.json === true) {
        output.json(documentOf(findings, fixes, written, question));
      } else print(findings, output);
      const unfixed = fixes.length > 0 && !written;
      end(errorsOf(findings) > 0 || unfixed ? exitCodes.no : exitCodes.done);
    });
}

interface Question {
  readonly now: number;
  readonly expiringDays: number;
}

function questionOf(options: LintCommandOptions): Question {
  if (options.json === true && options.sarif === true) {
    wrongUsage('--json and --sarif are two documents', 'give one of them');
  }
  if (options.yes === true && options.fix !== true) wrongUsage('--yes goes with --fix', 'sallyport lint --fix --yes');
  if (options.fix === true && options.at !== undefined) {
    wrongUsage('--fix drops what has expired, so it goes by the clock and not by --at', 'sallyport lint --fix');
  }
  if (!/^\d{1,5}$/.test(options.expiringDays)) {
    wrongUsage(`--expiring-days ${printable(options.expiringDays)} is not a number of days`, '--expiring-days 60');
  }
  return {
    now: options.at === undefined ? Date.now() : parseTime(options.at),
    expiringDays: Number(options.expiringDays),
  };
}

function lintFront(options: LintCommandOptions, question: Question) {
  const { input, problems } = readForLint(options.front, options.other);
  return { input, findings: lint(input, problems, question) };
}

async function writeAll(
  fixes: readonly BundleFix[],
  options: LintCommandOptions,
  machine: boolean,
  output: Output,
): Promise<boolean> {
  if (fixes.length === 0) {
    if (options.fix === true) output.err('nothing to fix');
    return false;
  }
  const files = count(fixes.length, 'file');
  const agreed = options.yes === true || (machine ? undefined : await confirm(`write ${files}?`));
  if (agreed !== true) {
    output.err(`nothing was written${agreed === undefined ? '; --yes writes without asking' : ''}`);
    return false;
  }
  for (const fix of fixes) writeFix(options.front, fix);
  output.err(`${files} written`);
  return true;
}

function errorsOf(findings: readonly Finding[]): number {
  return findings.filter(({ severity }) => severity === 'error').length;
}

function print(findings: readonly Finding[], output: Output): void {
  const explained = new Set<string>();
  for (const { rule, severity, place, title, found, why, remedy } of findings) {
    const where = [place.file, place.line].filter((part) => part !== undefined).join(':');
    const paint = severity === 'error' ? output.bad : output.strong;
    output.out(`${printable(where)}: ${paint(severity)} ${rule}: ${printable(title)}`);
    if (found !== undefined) output.out(`  found  ${printable(found)}`);
    if (!explained.has(rule)) output.out(`  why    ${printable(why)}`);
    explained.add(rule);
    if (remedy !== undefined) output.out(`  →      ${printable(remedy)}`);
  }
  const errors = errorsOf(findings);
  const sum = `${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`;
  output.out(
    findings.length === 0
      ? output.good(`nothing found by ${lintRules.length} rules`)
      : `${sum}   ${output.faint('rules: docs/lint.md')}`,
  );
}

function documentOf(
  findings: readonly Finding[],
  fixes: readonly BundleFix[],
  written: boolean,
  { now, expiringDays }: Question,
): Record<string, unknown> {
  const errors = errorsOf(findings);
  return {
    at: new Date(now).toISOString(),
    expiringDays,
    errors,
    warnings: findings.length - errors,
    findings: findings.map(({ place, ...finding }) => ({ ...finding, ...place })),
    fixes: fixes.map((fix) => ({
      file: fix.file,
      written,
      diff: diffOf(fix).map(({ sign, text }) => `${sign} ${text}`),
    })),
  };
}
