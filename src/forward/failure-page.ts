import { failureTable } from './failure.ts';

/** docs/failures.md, from the table: one anchor a code. */
export function failuresPage(): string {
  const lines = [
    '<!-- generated from src/forward/failure.ts by `npx node bin/docs.ts`; edit that table -->',
    '# When a request was allowed and still did not get through',
    '',
    'The caller sees the status, a `code` of this page and the reference; the log has the same code with the detail. Codes are',
    'stable: they are added to, never renamed.',
  ];
  for (const [code, { status, message, remedy }] of Object.entries(failureTable)) {
    lines.push('', `## ${code}`, '', `${message}.`, '', `- Status: ${status}`, `- What to do: ${remedy}`);
  }
  return `${lines.join('\n')}\n`;
}
