import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundleFix, fixOf } from '../../core/lint/canonical-bundle.ts';
import type { LintInput } from '../../core/lint/front.ts';
import type { Finding } from '../../core/lint/lint.ts';
import { cannotDecide } from '../terminal/failure.ts';
import type { Output } from '../terminal/output.ts';
import { type DiffLine, describeBundle, diffLines, printDiff } from '../terminal/text-diff.ts';

/** For every file in which something was found that `--fix` mends. */
export function fixesOf(input: LintInput, findings: readonly Finding[], now: number): readonly BundleFix[] {
  const files = new Set(findings.filter(({ fixable }) => fixable).map(({ place }) => place.file));
  return input.bundles
    .filter(({ file }) => files.has(file))
    .map((bundle) => fixOf(bundle, now))
    .filter((fix) => fix !== undefined);
}

/** What would change, a line for each certificate: nobody reads a diff of base64. */
export function diffOf({ before, after, file }: BundleFix): readonly DiffLine[] {
  return diffLines(describeBundle(before, file), describeBundle(after, file));
}

export function printFix(fix: BundleFix, output: Output): void {
  printDiff(fix.file, diffOf(fix), output);
}

/** Written beside and renamed, so that nobody ever reads half of it; refused when the file is not what was linted. */
export function writeFix(folder: string, { file, before, after }: BundleFix): void {
  const path = realpathSync(join(folder, file));
  if (new TextDecoder('utf-8', { ignoreBOM: true }).decode(readFileSync(path)) !== before) {
    cannotDecide(`${file} has changed while it was looked at`, 'run it again');
  }
  const beside = `${path}.new`;
  try {
    writeFileSync(beside, after, { flag: 'wx', mode: statSync(path).mode });
    renameSync(beside, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) rmSync(beside, { force: true });
    cannotDecide(
      `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'check the folder',
      {
        cause: error,
      },
    );
  }
}
