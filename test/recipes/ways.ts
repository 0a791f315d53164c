import type { Recipe } from './recipe.ts';

/** Ways to a backend, and what is shown there. */
export const ways: readonly Recipe[] = [
  {
    adds: 'transport',
    edits: [
      {
        file: 'src/core/registry/connection.ts',
        before: "  direct: { doc: 'over the internet from fixed addresses', members: {} },\n",
        text: "  pigeon: { doc: 'by carrier pigeon (RFC 1149)', members: {} },\n",
      },
      {
        file: 'src/forward/transport.ts',
        before: "import type { Transport, TransportMeans } from './transports/transport.ts';\n",
        text: "import { pigeonTransport } from './transports/pigeon.ts';\n",
      },
      {
        file: 'src/forward/transport.ts',
        before: "    case 'direct':\n",
        text: "    case 'pigeon':\n      return pigeonTransport();\n",
      },
      {
        file: 'src/forward/transports/pigeon.ts',
        text: `import type { Transport } from './transport.ts';

export function pigeonTransport(): Transport {
  return { connect: () => Promise.reject(new Error('The pigeon is asleep.')), close: async () => {} };
}
`,
      },
    ],
    noticedBy: {
      'src/core/registry/connection.ts': 'types',
      'src/forward/transport.ts': 'types',
      'src/forward/transports/pigeon.ts': 'types',
    },
    pages: ['schema/sallyport.schema.json'],
  },
  {
    adds: 'credential of a connection',
    edits: [
      {
        file: 'src/core/registry/connection.ts',
        before: "  none: { doc: 'Nothing.', members: {} },\n",
        text: `  password: {
    doc: 'A word at the gate.',
    members: { wordFrom: { holds: 'secret', doc: 'The stored secret that is the word.' } },
  },
`,
      },
      {
        file: 'src/forward/credential.ts',
        before: "import type { ReadSecret } from './secret.ts';\n",
        text: "import { passwordCredential } from './credentials/password.ts';\n",
      },
      {
        file: 'src/forward/credential.ts',
        before: "    case 'none':\n",
        text: "    case 'password':\n      return passwordCredential(config.wordFrom, secret);\n",
      },
      {
        file: 'src/forward/credentials/password.ts',
        text: `import { fieldValueOf, type ReadSecret } from '../secret.ts';
import type { Credential } from './credential.ts';

export function passwordCredential(wordFrom: string, secret: ReadSecret): Credential {
  return {
    injects: ['X-Password'],
    headers: async () => [['X-Password', fieldValueOf(wordFrom, await secret(wordFrom))]],
  };
}
`,
      },
      {
        file: 'src/local/demo/connections.ts',
        before: "    case 'none':\n",
        text: `    case 'password':
      return { header: 'x-password', value: secretOf(credential.wordFrom) };
`,
      },
    ],
    noticedBy: {
      'src/core/registry/connection.ts': 'types',
      'src/forward/credential.ts': 'types',
      'src/forward/credentials/password.ts': 'types',
      'src/local/demo/connections.ts': 'types',
    },
    pages: ['schema/sallyport.schema.json'],
  },
];
