import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child.ts';
import { region } from './emulator.ts';
import { openVirtualEnvironment } from './python.ts';

/** The findings that we accept, each with its reason. One that is not here fails the run. */
const accepted: Readonly<Record<string, string>> = {
  W3005:
    'The CDK writes DependsOn beside a Ref to the same resource: a role before what uses its policies. It costs nothing.',
};

export interface Finding {
  readonly rule: string;
  readonly text: string;
}

/** cfn-lint over every template of these assemblies; the findings that nobody has accepted, and the ids of those that were. */
export async function lintTemplates(
  home: string,
  assemblies: readonly string[],
): Promise<{ readonly templates: number; readonly open: readonly Finding[]; readonly accepted: readonly string[] }> {
  const python = await openVirtualEnvironment(join(home, 'venv-cfn-lint'), ['cfn-lint==1.58.0']);
  const templates = assemblies.flatMap((folder) =>
    readdirSync(folder).flatMap((file) => (file.endsWith('.template.json') ? [join(folder, file)] : [])),
  );
  const args = ['-r', region, '--format', 'json', '-t', ...templates];
  const { stdout, stderr } = await run(join(dirname(python), 'cfn-lint'), args, { env: process.env });
  const found = parse(stdout, stderr);
  return {
    templates: templates.length,
    open: found.filter(({ rule }) => accepted[rule] === undefined),
    accepted: [...new Set(found.map(({ rule }) => rule).filter((rule) => accepted[rule] !== undefined))],
  };
}

interface Match {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path?: readonly (string | number)[] };
}

function parse(stdout: string, stderr: string): readonly Finding[] {
  let matches: readonly Match[];
  try {
    matches = JSON.parse(stdout === '' ? '[]' : stdout) as readonly Match[];
  } catch {
    throw new Error(`cfn-lint does not answer: ${stderr.slice(-500)}`);
  }
  return matches.map(({ Filename, Message, Rule, Location }) => ({
    rule: Rule.Id,
    text: `${Rule.Id} ${Filename.split('/').at(-1)} ${(Location.Path ?? []).join('/')}: ${Message}`,
  }));
}
