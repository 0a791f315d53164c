import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const program = readFileSync(join(root, 'src/cli/program.ts'), 'utf8');
const commands = new Set(
  [...program.matchAll(/\badd([A-Z][a-z]+)Command\b/g)].map((match) => (match[1] ?? '').toLowerCase()),
);

/** Two words that follow the name and are no command: a package beside it in `npm install`, and the label of what is signed. */
const others = new Set(['aws', 'signed']);

test('no text in the product sends a person to a command that does not exist', () => {
  expect(commands.size).toBeGreaterThan(8);
  const folders = ['bin', 'lambdas', 'lib', 'src'];
  const missing = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .flatMap((entry) => {
        const file = join(entry.parentPath, entry.name);
        // `sallyport publish …` in a sentence, an example or a remedy; options may stand between.
        return [...readFileSync(file, 'utf8').matchAll(/(?:npx |[`'(: ])sallyport (?:--front \S+ )?([a-z]+)\b/g)]
          .map((match) => match[1] ?? '')
          .filter((name) => !commands.has(name) && !others.has(name))
          .map((name) => `${relative(root, file)}: sallyport ${name}`);
      }),
  );
  expect(missing).toEqual([]);
});
