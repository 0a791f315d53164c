import { type Setting, type SettingName, settings } from './settings.ts';

/** What each setting is for, in the words of docs/settings.md. */
const descriptions: Readonly<Record<SettingName, string>> = {
  release: 'Where the authorizer reads the live release, or one compiled registry that never changes.',
  pointerKey: 'Public key that signs the pointer; while rotating, two.',
  blocksKey:
    'Public key that signs what is blocked and what is lifted; while rotating, two. Without one nothing can be blocked.',
  revocationsKey:
    'Public key that signs the index of revocation lists; while rotating, two. Without one no index is read, and authorities with lists let nobody in.',
  maximumAgeSeconds:
    'How long the last good release decides while the pointer cannot be read; after that nothing is allowed.',
  bindingKeys:
    'Keys of the MAC that binds a decision to its request. The first one signs; while rotating, the second one still opens. In Secrets Manager: read again every five minutes; `sallyport secret rotate --binding` changes it.',
  domain:
    'The domain name that requests must come through. Another one may lead to the same stage and have no mutual TLS. `any` switches the check off, for an API that has no domain name of its own.',
  stage: 'The API stage that requests must come through; a console test invocation comes through another one.',
  bindExtendedRequestId:
    "Whether the MAC also covers the request's extendedRequestId. Off only if AWS spells it differently in the two events.",
  keepRefusals:
    'Whether a refusal also leaves its certificate, method, path and address in the log, so that `why REFERENCE` can decide it again.',
  connections: 'The connections to the backends. Secrets are named there, never held.',
  secrets: 'Where the forwarder reads the secrets that connections name.',
  responseMode: 'Whether the forwarder answers with one document (6 MB at most) or streams the response.',
};

/** Those that a front may set: the line of sallyport.yaml, or the prop `functions` of the construct. */
const lines: Readonly<Partial<Record<SettingName, string>>> = {
  maximumAgeSeconds: 'maximumAgeSeconds: 3600',
  bindExtendedRequestId: 'bindExtendedRequestId: false',
  keepRefusals: 'keepRefusals: false',
  responseMode: 'responseMode: stream',
};

export interface DescribedSetting extends Setting<never> {
  readonly description: string;
  readonly line: string | undefined;
}

/** For the documentation, in order of the table. */
export const settingsTable: readonly DescribedSetting[] = Object.entries(settings).map(([key, setting]) => ({
  ...(setting as Setting<never>),
  description: descriptions[key as SettingName],
  line: lines[key as SettingName],
}));

/** docs/settings.md, from the table. */
export function settingsPage(): string {
  const page = [
    '<!-- generated from src/core/settings.ts by `npx node bin/docs.ts`; edit that table -->',
    '# Settings of the functions',
    '',
    'Environment variables of the deployed functions. The stacks write them and the functions read them at the start; a function',
    'whose settings are missing or wrong does not start, and lists all of them in its log. Nothing else is read from the environment',
    'but what AWS itself puts there.',
  ];
  for (const setting of settingsTable as readonly (Setting<unknown> & DescribedSetting)[]) {
    const { name, description, allowed, usedBy, sensitive, line } = setting;
    const fallback = setting.default === undefined ? undefined : setting.write(setting.default);
    page.push('', `## ${name}`, '', description, '');
    page.push(`- Read by: ${usedBy.join(', ')}`);
    page.push(`- Allowed: ${allowed}`);
    page.push(fallback === undefined ? '- Required' : `- Without it: \`${fallback}\``);
    if (line !== undefined)
      page.push(
        `- Set it: \`functions: { ${line} }\` in sallyport.yaml, or the prop \`functions\` of the construct; then deploy`,
      );
    if (sensitive) page.push('- Never printed, not even when it is wrong');
  }
  return `${page.join('\n')}\n`;
}
