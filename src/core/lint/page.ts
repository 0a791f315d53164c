import type { RuleEntry } from './rule.ts';
import { lintRules, ruleTable } from './table.ts';

const titles: Readonly<Record<keyof typeof ruleTable, string>> = {
  certificate: 'Certificates',
  bundle: 'Files of CAs',
  authority: 'Authorities',
  client: 'Clients',
  front: 'The front',
};

/** docs/lint.md, from the table: one anchor a rule. */
export function lintPage(): string {
  const errors = lintRules.filter(({ severity }) => severity === 'error').length;
  const lines = [
    '<!-- generated from src/core/lint/rules/ by `npx node bin/docs.ts`; edit those tables -->',
    '# Rules of `sallyport lint`',
    '',
    `${lintRules.length} rules, ${errors} of them errors. An **error** is a MUST that the front depends on: somebody would be refused, or admitted wrongly, or`,
    'the edge would not take the file. A **warning** is a SHOULD, or a MUST that binds whoever made the certificate and costs the',
    'front nothing today. With an error the exit code is 1; warnings leave it at 0. Problems for which the front does not compile are',
    'reported beside them, as errors. Codes are stable: they are added to, never renamed.',
    '',
    '`sallyport lint --fix` shows what it would change as a diff, and writes it only when told to.',
  ];
  for (const [about, title] of Object.entries(titles)) {
    lines.push('', `## ${title}`);
    for (const rule of ruleTable[about as keyof typeof ruleTable]) lines.push('', ...section(rule));
  }
  return `${lines.join('\n')}\n`;
}

function section({ code, severity, title, why, remedy, citation, fixable }: RuleEntry): readonly string[] {
  return [
    `### ${code}`,
    '',
    `**${severity}**${fixable ? ', mended by `--fix`' : ''}: ${title}. ${why}`,
    '',
    `- What to do: ${remedy}.`,
    `- See: ${citation}.`,
  ];
}
