import type { Replayed } from '../../core/impact/replay.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { changeText, gainedTitle, impactLines, lostTitle } from './lines.ts';
import type { PlanReport } from './report.ts';

/** Changes with what makes them so, then whom they touch; the question comes after it. */
export function printPlan({ changes, impact }: PlanReport, output: Output): void {
  const signs = { addition: output.good('+'), removal: output.bad('-'), change: '~' };
  for (const change of changes) {
    const by = change.by === 'deploy' ? 'deploy: npx cdk deploy --all' : 'publish';
    output.out(`  ${signs[change.kind]} ${printable(changeText(change))}   ${output.faint(`(${by})`)}`);
  }
  if (changes.length === 0) output.out('  no change');
  const { lost, gained, renamed } = impact;
  output.out(lost.length === 0 ? lostTitle(impact) : output.bad(lostTitle(impact)));
  for (const one of lost) printClient(impactLines(one, 'lost'), output.bad('-'), output);
  output.out(gainedTitle(impact));
  for (const one of gained) printClient(impactLines(one, 'gained'), output.good('+'), output);
  for (const { from, to } of renamed) output.out(`  ~ ${printable(`${from}: let in as ${to}`)}`);
}

function printClient([head = '', ...ways]: readonly string[], sign: string, output: Output): void {
  output.out(`  ${sign} ${printable(head)}`);
  for (const way of ways) output.out(`      ${printable(way)}`);
}

export function printReplayed({ callers, lost, gained, unknown, unreadable }: Replayed, output: Output): void {
  output.out(`callers in the log: ${callers}`);
  const print = (title: string, list: Replayed['lost'], sign: string) => {
    output.out(`  ${title}: ${list.length}`);
    for (const { who, last, requests, reasons } of list)
      output.out(
        `    ${sign} ${printable(who)}, last on ${last.slice(0, 10)} (${count(requests, 'request')})${reasons.length === 0 ? '' : `: ${reasons.map(({ code }) => code).join(', ')}`}`,
      );
  };
  print('let in today, refused after it', lost, output.bad('-'));
  print('refused today, let in after it', gained, output.good('+'));
  if (unknown.length + unreadable === 0) return;
  output.out(
    output.bad(`  not known: ${count(unknown.length, 'caller')}, ${count(unreadable, 'line')} that cannot be read`),
  );
  for (const { who, last } of unknown.slice(0, 20)) output.out(`    ? ${printable(who)}, last on ${last.slice(0, 10)}`);
}
