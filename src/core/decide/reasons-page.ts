import { callerMessageOf, citations } from './reason-texts.ts';
import { type ReasonEntry, reasonCodes, reasonOf } from './reasons.ts';

const sections: Readonly<Record<ReasonEntry['about'], string>> = {
  certificate: 'The certificate',
  identity: 'Who it is',
  client: 'The client',
  request: 'The request',
};

/** docs/reasons.md, from the table: one anchor a code. */
export function reasonsPage(): string {
  const lines = [
    '<!-- generated from src/core/decide/reasons.ts and reason-texts.ts by `npx node bin/docs.ts`; edit those tables -->',
    '# Reasons for a refusal',
    '',
    'Every refusal carries *all* its reasons, in the order of this page. Codes are stable: they are added to, never renamed.',
    'The operator sees all of it in the decision log under the reference of the refusal. The caller sees the first reason that',
    'is marked as told, and only if its certificate matched exactly one client that is not blocked.',
  ];
  for (const [about, title] of Object.entries(sections)) {
    lines.push('', `## ${title}`);
    for (const code of reasonCodes) {
      const { about: subject, message, remedy } = reasonOf(code);
      const callerMessage = callerMessageOf(code);
      const citation = citations[code];
      if (subject !== about) continue;
      lines.push('', `### ${code}`, '', `${sentence(message)}`, '', `- What to do: ${sentence(remedy)}`);
      lines.push(`- The caller is told: ${callerMessage === undefined ? 'nothing.' : `"${callerMessage}"`}`);
      if (citation !== undefined) lines.push(`- See: ${citation}.`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function sentence(text: string): string {
  return `${text.replace(/^(`?)([a-z])/, (_, quote: string, letter: string) => (quote === '' ? letter.toUpperCase() : quote + letter))}.`;
}
