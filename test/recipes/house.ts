import type { Recipe } from './recipe.ts';

/** What the house itself keeps lists of. */
export const house: readonly Recipe[] = [
  {
    adds: 'accepted finding of a rule pack',
    edits: [
      {
        file: 'lib/acknowledged.ts',
        before: "  'AwsSolutions-COG4':",
        text: "  'AwsSolutions-SUN1': 'The front is open at night as well.',\n",
      },
      {
        file: 'lib/front.ts',
        before: "    accept(this.bindingKey, 'AwsSolutions-SMG4');\n",
        text: "    accept(this.bindingKey, 'AwsSolutions-SUN1');\n",
      },
    ],
    noticedBy: { 'lib/acknowledged.ts': 'types', 'lib/front.ts': 'test' },
  },
  {
    adds: 'page for readers',
    edits: [
      { file: 'docs/sundials.md', text: '# Sundials\n\nThey show the hour.\n' },
      {
        file: 'docs/README.md',
        before: '- [remove.md](remove.md): removing a front\n',
        text: '- [sundials.md](sundials.md): reading the time\n',
      },
    ],
    noticedBy: { 'docs/sundials.md': 'test', 'docs/README.md': 'test' },
  },
  {
    adds: 'dependency',
    edits: [
      { file: 'package.json', before: '    "node-forge": "', text: '    "moment": "2.30.1",\n' },
      { file: 'docs/dependencies.md', before: '| `node-forge`', text: '| `moment` | it knows what time it is |\n' },
    ],
    noticedBy: { 'package.json': 'test', 'docs/dependencies.md': 'test' },
  },
  {
    adds: 'package that a folder may import',
    edits: [
      { file: 'test/house/imports.json', before: ', "node:net"]', text: ', "node:querystring"' },
      {
        file: 'src/core/season.ts',
        text: "import { parse } from 'node:querystring';\n\nexport const seasonOf = (text: string) => parse(text).season;\n",
      },
    ],
    noticedBy: { 'test/house/imports.json': 'test', 'src/core/season.ts': 'test' },
  },
];
