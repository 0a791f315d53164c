import { type Setting, settingsTable } from './settings.ts';

/** docs/settings.md, from the table. */
export function settingsPage(): string {
  const lines = [
    '<!-- generated from core/settings.ts by `npx node bin/docs.ts`; edit that table -->',
    '# Settings of the functions',
    '',
    'Environment variables of the deployed functions. The stacks write them and the functions read them at the start; a function',
    'whose settings are missing or wrong does not start, and lists all of them in its log. Nothing else is read from the environment',
    'but what AWS itself puts there.',
  ];
  for (const setting of settingsTable as readonly Setting<unknown>[]) {
    const { name, description, allowed, usedBy, sensitive } = setting;
    const fallback = setting.default === undefined ? undefined : setting.write(setting.default);
    lines.push('', `## ${name}`, '', description, '');
    lines.push(`- Read by: ${usedBy.join(', ')}`);
    lines.push(`- Allowed: ${allowed}`);
    lines.push(fallback === undefined ? '- Required' : `- Without it: \`${fallback}\``);
    if (sensitive) lines.push('- Never printed, not even when it is wrong');
  }
  return `${lines.join('\n')}\n`;
}
