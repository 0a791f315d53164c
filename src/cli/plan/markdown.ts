import type { Replayed } from '../../core/impact/replay.ts';
import { printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { changeText, gainedTitle, impactLines, lostTitle } from './lines.ts';
import type { PlanReport } from './report.ts';

/** For a pull request. Whatever comes from certificates or files is text there: no link, no mention, no markup, no command. */
export function planMarkdown({ changes, impact }: PlanReport, replayed: Replayed | undefined): string {
  const table =
    changes.length === 0
      ? ['No change.']
      : [
          '| | change | made by |',
          '|---|---|---|',
          ...changes.map((change) => `| ${signs[change.kind]} | ${escaped(changeText(change))} | ${change.by} |`),
        ];
  const people = (title: string, entries: PlanReport['impact']['lost'], side: 'lost' | 'gained') => [
    `### ${title}`,
    '',
    ...entries.flatMap((one) => {
      const [head = '', ...ways] = impactLines(one, side);
      return [`- ${escaped(head)}`, ...ways.map((way) => `  - ${escaped(way)}`)];
    }),
    '',
  ];
  return [
    '## sallyport plan',
    '',
    ...table,
    '',
    ...people(lostTitle(impact), impact.lost, 'lost'),
    ...people(gainedTitle(impact), impact.gained, 'gained'),
    ...impact.renamed.map(({ from, to }) => `- ${escaped(`${from}: let in as ${to}`)}`),
    ...(replayed === undefined ? [] : replayedLines(replayed)),
  ]
    .join('\n')
    .trimEnd();
}

const signs = { addition: 'added', removal: 'removed', change: 'changed' } as const;

function replayedLines({ callers, lost, gained, unknown, unreadable }: Replayed): readonly string[] {
  const list = (what: string, all: Replayed['lost']) =>
    all.map(({ who, last }) => `- ${what}: ${escaped(who)}, last on ${escaped(last.slice(0, 10))}`);
  return [
    `### Callers in the log: ${callers}`,
    '',
    ...list('refused after it', lost),
    ...list('let in after it', gained),
    `- not known: ${count(unknown.length, 'caller')}, ${count(unreadable, 'line')} that cannot be read`,
  ];
}

/**
 * In code, where neither names nor numbers nor addresses become links or mentions, and with every character that could be
 * markup, a table's border or a workflow command as a character reference: a mention is made from what references say, too.
 */
function escaped(text: string): string {
  const plain = printable(text).replace(/[^A-Za-z0-9 ,()?→]/gu, (character) => `&#${character.codePointAt(0)};`);
  return `<code>${plain}</code>`;
}
