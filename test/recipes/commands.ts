import type { Recipe } from './recipe.ts';

/** Commands, and what is written for partners and taken over from other products. */
export const commands: readonly Recipe[] = [
  {
    adds: 'command',
    edits: [
      {
        file: 'src/cli/program.ts',
        before: "import { addImportCommand } from './import/import.ts';\n",
        text: "import { addGreetCommand } from './greet.ts';\n",
      },
      { file: 'src/cli/program.ts', before: '    addImportCommand,\n', text: '    addGreetCommand,\n' },
      { file: 'docs/architecture.md', before: '| move | `import', text: '| greet | `greet` |\n' },
      {
        file: 'src/cli/greet.ts',
        text: `import type { Command } from 'commander';
import { type CommandContext, examples } from './terminal/command.ts';

export function addGreetCommand(program: Command, { output }: CommandContext): Command {
  return program
    .command('greet')
    .description('Greets whoever is there.')
    .addHelpText('before', examples([['sallyport greet', 'say hello']]))
    .action(() => output.out('hello'));
}
`,
      },
    ],
    noticedBy: { 'src/cli/program.ts': 'test', 'src/cli/greet.ts': 'types', 'docs/architecture.md': 'test' },
    only: 'every file and folder of src/cli is a command|names every command',
  },
  {
    adds: "recipe for a partner's tool",
    edits: [
      {
        file: 'src/partners/recipes/languages.ts',
        before: "  {\n    id: 'php',\n",
        text: `  {
    id: 'sundial',
    title: 'A sundial',
    needs: 'pem',
    steps: [{ text: 'Hold {{certificate}} and {{key}} into the sun.' }],
    traps: ['It does not work at night.'],
  },
`,
      },
      {
        file: 'test/partners/recipes.test.ts',
        before: "  node: true,\n  java: works('java', '--version'),\n",
        text: "  sundial: works('sundial', '--version'),\n",
      },
    ],
    noticedBy: { 'src/partners/recipes/languages.ts': 'test', 'test/partners/recipes.test.ts': 'test' },
    only: 'every recipe is',
  },
  {
    adds: 'importer of a product',
    edits: [
      {
        file: 'src/partners/import/abacus/abacus.ts',
        text: `import type { Imported } from '../imported.ts';

export function importAbacus(text: string): Imported {
  const note = { kind: 'left-out', text: \`\${text.length} beads have no meaning here\` } as const;
  return { connections: [], routes: [], authorities: [], clients: [], notes: [note] };
}
`,
      },
      {
        file: 'src/cli/import/import.ts',
        before: "import { importMendix } from '../../partners/import/mendix/mendix.ts';\n",
        text: "import { importAbacus } from '../../partners/import/abacus/abacus.ts';\n",
      },
      {
        file: 'src/cli/import/import.ts',
        before: '  for (const one of command.commands) {\n',
        text: `  command
    .command('abacus')
    .description('The beads of an abacus.')
    .argument('<file>', 'a drawing of it')
    .requiredOption('--out <dir>', 'a new folder for the front')
    .action((file: string, _options: object, sub: Command) => {
      const options = sub.optsWithGlobals<ImportOptions>();
      checkOut(options);
      finish(importAbacus(readTextFile(file, 'the drawing')), basename(file), options, context);
    });
`,
      },
      {
        file: 'test/partners/import/abacus/beside-abacus.test.ts',
        text: `import { importAbacus } from '../../../../src/partners/import/abacus/abacus.ts';

test('nothing is allowed that the abacus refused', () => {
  expect(importAbacus('ooo').routes).toEqual([]);
});
`,
      },
      { file: 'docs/import.md', before: '## nginx\n', text: '## abacus\n\nNothing of it is taken over.\n\n' },
    ],
    noticedBy: {
      'src/partners/import/abacus/abacus.ts': 'types',
      'src/cli/import/import.ts': 'test',
      'test/partners/import/abacus/beside-abacus.test.ts': 'test',
      'docs/import.md': 'test',
    },
  },
];
