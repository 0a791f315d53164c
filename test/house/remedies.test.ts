import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const program = readFileSync(join(root, 'src/cli/program.ts'), 'utf8');
const commands = new Set(
  [...program.matchAll(/\badd([A-Z][a-z]+)Command\b/g)].map((match) => (match[1] ?? '').toLowerCase()),
);
/** Command → its own commands: `secret` → set, list. */
const below = new Map([...commands].map((name) => [name, commandsBelow(name)] as const));

/** Words that follow the name and are no command: a package beside it in `npm install`, and the label of what is signed. */
const others = new Set(['aws', 'signed']);

/** Words that only a command of ours could mean: those that are not built are promised by no text. */
const planned = ['block', 'unblock', 'rollback', 'tail', 'notify', 'audit', 'siege', 'relay', 'serve', 'today'].filter(
  (name) => !commands.has(name),
);

const texts = [
  ...['bin', 'lambdas', 'lib', 'src'].flatMap((folder) => filesIn(folder, '.ts')),
  ...['docs', 'examples'].flatMap((folder) => filesIn(folder, '.md')),
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((file) => join(root, file)),
].map((file) => ({ file: relative(root, file), text: readFileSync(file, 'utf8') }));

test('no text sends a person to a command that does not exist', () => {
  expect(commands.size).toBeGreaterThan(8);
  expect([...(below.get('secret') ?? [])]).toEqual(expect.arrayContaining(['set', 'list']));
  const missing = texts.flatMap(({ file, text }) =>
    // `sallyport publish …` in a sentence, an example, a console or a remedy; options may stand between.
    [...text.matchAll(/(?:npx |\$ |[`'(: ])sallyport (?:--[a-z]+ [^\s-]\S* )?([a-z]+)\b(?:[ /]([a-z]+)\b)?/g)]
      .filter(([, name = '', then]) => !isThere(name, then) && !others.has(name))
      .map(([, name, then]) => `${file}: sallyport ${name} ${then ?? ''}`),
  );
  expect(missing).toEqual([]);
});

test('no prose promises a command that is not built', () => {
  const name = planned.join('|');
  const promise = new RegExp(
    // as code, alone or with its arguments
    `\`(?:${name})(?: [^\`]*)?\``,
    'i',
  );
  expect(promise.test('until you `relay` it')).toBe(true);
  const promises = texts
    // a comment speaks to whoever changes the code
    .map(({ file, text }) => ({
      file,
      text: file.endsWith('.ts') ? text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '') : text,
    }))
    .flatMap(({ file, text }) => text.split('\n').map((line, index) => ({ place: `${file}:${index + 1}`, line })))
    .filter(({ line }) => promise.test(line) && !/There is no command yet/.test(line))
    .map(({ place, line }) => `${place}: ${line.trim().slice(0, 120)}`);
  expect(promises).toEqual([]);
});

function isThere(name: string, then: string | undefined): boolean {
  const own = below.get(name);
  return own !== undefined && (own.size === 0 || then === undefined || own.has(then));
}

function commandsBelow(name: string): ReadonlySet<string> {
  const folder = join(root, 'src/cli', name);
  const files = existsSync(folder) ? [...filesIn(`src/cli/${name}`, '.ts')] : [join(root, `src/cli/${name}.ts`)];
  // two commands of one kind share a file
  if (files.some((file) => existsSync(file) && readFileSync(file, 'utf8').includes('changes/remove.ts')))
    files.push(join(root, 'src/cli/changes/remove.ts'));
  const found = files
    .filter((file) => existsSync(file))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\.command\('([a-z-]+)'/g)].map(([, word = '']) => word),
    );
  return new Set(found.filter((word) => word !== name));
}

function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}
