import type { Recipe } from './recipe.ts';

/** Keys, settings, names of headers, failures. */
export const tables: readonly Recipe[] = [
  {
    adds: 'key of a YAML file',
    edits: [
      {
        file: 'src/config/fields/truststore.ts',
        before: "    tier: optional(values.name('default'),",
        text: "    sundial: optional(values.oneLine('\"in the garden\"'), 'Where its sundial stands.'),\n",
      },
      {
        file: 'src/config/truststore/client.ts',
        before: '    contact: tree.contact?.value,\n',
        text: '    ...(tree.sundial === undefined ? {} : { sundial: tree.sundial.value }),\n',
      },
    ],
    noticedBy: { 'src/config/fields/truststore.ts': 'types', 'src/config/truststore/client.ts': 'test' },
    pages: ['schema/client.schema.json'],
  },
  {
    adds: 'setting (environment variable)',
    edits: [
      {
        file: 'src/core/settings.ts',
        before: "  keepRefusals: {\n    name: 'SALLYPORT_KEEP_REFUSALS',\n",
        text: `  sundial: {
    name: 'SALLYPORT_SUNDIAL',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'off',
    ...choice('on', 'off'),
  } satisfies Setting<'on' | 'off'>,
`,
      },
      {
        file: 'src/core/settings-page.ts',
        before: "  connections: 'The connections to the backends.",
        text: "  sundial: 'Whether the time is read from the sun.',\n",
      },
      {
        file: 'lambdas/authorizer/handler.ts',
        before: "  'keepRefusals',\n]);",
        text: "  'sundial',\n",
      },
      {
        file: 'test/core/settings.test.ts',
        before: "    responseMode: 'buffered',\n  });",
        text: "    sundial: 'off',\n",
      },
      {
        file: 'test/core/settings.test.ts',
        before: '        responseMode: fc.constantFrom(',
        text: "        sundial: fc.constantFrom('on' as const, 'off' as const),\n",
      },
    ],
    noticedBy: {
      'src/core/settings.ts': 'types',
      'src/core/settings-page.ts': 'types',
      'lambdas/authorizer/handler.ts': 'test',
      'test/core/settings.test.ts': 'test',
    },
    pages: ['docs/settings.md'],
  },
  {
    adds: 'header that must not pass',
    edits: [
      {
        file: 'src/core/header-table.ts',
        before: "  ['identity', 'tailscale',",
        text: "  ['identity', 'sundial', 'x-sundial-*'],\n",
      },
      {
        file: 'src/core/header-sources.ts',
        before: "  tailscale: { name: 'Tailscale Serve',",
        text: "  sundial: { name: 'Sundial', source: 'X-Sundial-Hour' },\n",
      },
    ],
    noticedBy: { 'src/core/header-table.ts': 'types', 'src/core/header-sources.ts': 'types' },
    pages: ['docs/headers.md'],
  },
  {
    adds: 'failure of a backend',
    edits: [
      {
        file: 'src/forward/failure.ts',
        before: '  unexpected: {\n    status: 502,\n',
        text: `  sun_missing: {
    status: 502,
    message: 'The backend reads the time from the sun, and it is night',
    remedy: 'Wait for the morning.',
  },
`,
      },
      {
        file: 'src/forward/failure.ts',
        before: "  ENOTFOUND: 'name_unknown',\n",
        text: "  ENIGHT: 'sun_missing',\n",
      },
      {
        file: 'test/forward/failure.test.ts',
        before: "  ['EPROTO', 'tls_failed'],\n",
        text: "  ['ENIGHT', 'sun_missing'],\n",
      },
    ],
    noticedBy: { 'src/forward/failure.ts': 'test', 'test/forward/failure.test.ts': 'test' },
    pages: ['docs/failures.md'],
  },
];
