import type { Recipe } from './recipe.ts';

/** What the core decides and says. */
export const decision: readonly Recipe[] = [
  {
    adds: 'reason for a refusal',
    edits: [
      {
        file: 'src/core/decide/reasons.ts',
        before: '} as const satisfies Readonly<Record<string, ReasonEntry>>;',
        text: `  method_of_teapot: {
    about: 'request',
    message: 'the method is one of coffee pots',
    remedy: 'have the caller send the method of a front',
    told: true,
  },
`,
      },
      {
        file: 'src/core/decide/reason-texts.ts',
        before: "  route_missing: 'There is nothing at this path.',\n",
        text: "  method_of_teapot: 'This is no coffee pot.',\n",
      },
      {
        file: 'src/core/decide/request.ts',
        before: '  if (path !== undefined && route === undefined) reasons.push(',
        text: "  if (method === 'BREW') reasons.push({ code: 'method_of_teapot', found });\n",
      },
      {
        file: 'test/core/decide/situations.ts',
        before: "  ['method_not_allowed', asking(orders.der, registry, { method: 'DELETE' })],\n",
        text: `  [
    'method_of_teapot',
    asking(orders.der, registryWith([acme], { routes: [{ match: 'GET /orders/**' }] }), { method: 'BREW' }),
    ['method_not_allowed', 'route_missing'],
  ],
`,
      },
    ],
    noticedBy: {
      'src/core/decide/reasons.ts': 'types',
      'src/core/decide/reason-texts.ts': 'types',
      'src/core/decide/request.ts': 'test',
      'test/core/decide/situations.ts': 'test',
    },
    pages: ['docs/reasons.md', 'docs/callers.md'],
  },
  {
    adds: 'rule that the registry must keep',
    edits: [
      {
        file: 'src/core/problem-codes.ts',
        before: '} as const satisfies Readonly<Record<string, string>>;',
        text: "  client_is_sundial: 'A client is called as only a clock may be.',\n",
      },
      {
        file: 'src/core/registry/proofs/sundials.ts',
        text: `import type { Report } from '../pem-source.ts';
import type { ClientSource } from '../source.ts';

export function proveSundials({ name, place }: ClientSource, report: Report): void {
  if (name === 'sundial') report({ code: 'client_is_sundial', message: 'a sundial calls nobody', place });
}
`,
      },
      {
        file: 'src/core/registry/compile.ts',
        before: "import { proveValidity } from './proofs/validity.ts';\n",
        text: "import { proveSundials } from './proofs/sundials.ts';\n",
      },
      {
        file: 'src/core/registry/compile.ts',
        before: '    proveValidity(client, identities, byAuthority, report);\n',
        text: '    proveSundials(client, report);\n',
      },
      {
        file: 'test/core/registry/compile.test.ts',
        before: "test('validity', () => {\n",
        text: `test('no client is a sundial', () => {
  expect(codesOf({ clients: [client('sundial', [subject('acme-ca', name)])] })).toEqual(['client_is_sundial']);
});

`,
      },
    ],
    noticedBy: {
      'src/core/problem-codes.ts': 'types',
      'src/core/registry/proofs/sundials.ts': 'types',
      'src/core/registry/compile.ts': 'test',
      'test/core/registry/compile.test.ts': 'test',
    },
    pages: ['docs/problems.md'],
  },
  {
    adds: 'lint rule',
    edits: [
      {
        file: 'src/core/lint/rules/bundle.ts',
        before: "  {\n    code: 'private_key_in_file',\n",
        text: `  {
    code: 'bundle_of_sundials',
    severity: 'warning',
    title: 'the file speaks of a sundial',
    why: 'Nobody can read the time from it at night.',
    remedy: 'remove the line',
    citation: 'RFC 7511',
    applies: always,
    check: ({ text, file }) =>
      text.includes('# sundial') ? [{ place: { file, line: 1, column: 1 }, found: 'sundial' }] : [],
  },
`,
      },
      {
        file: 'test/core/lint/fixtures.ts',
        before: '  ca_expired: { pass: () => good,',
        text: "  bundle_of_sundials: { pass: () => good, fail: () => withText((text) => '# sundial\\n'.concat(text)) },\n",
      },
    ],
    noticedBy: { 'src/core/lint/rules/bundle.ts': 'test', 'test/core/lint/fixtures.ts': 'test' },
    pages: ['docs/lint.md'],
  },
  {
    adds: 'code of a problem',
    edits: [
      {
        file: 'src/core/problem-codes.ts',
        before: '} as const satisfies Readonly<Record<string, string>>;',
        text: "  hourglass_empty: 'The sand has run out.',\n",
      },
      {
        file: 'src/core/hourglass.ts',
        text: `import type { Problem } from './problem.ts';

export const hourglassProblem: Problem = { code: 'hourglass_empty', message: 'the sand has run out' };
`,
      },
    ],
    noticedBy: { 'src/core/problem-codes.ts': 'types', 'src/core/hourglass.ts': 'test' },
    pages: ['docs/problems.md'],
  },
];
