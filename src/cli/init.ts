import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseFront } from '../config/front.ts';
import { schemaFiles } from '../config/schema.ts';
import { sampleAuthorityPem } from '../local/twins/sample-authority.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes, systemCodeOf } from './terminal/failure.ts';

export function addInitCommand(program: Command, { output }: CommandContext): Command {
  return program
    .command('init')
    .description('Write the first folder of a front: sallyport.yaml and truststore/. Overwrites nothing.')
    .argument('[dir]', 'where (default: the folder of --front)')
    .addHelpText(
      'before',
      examples([
        ['sallyport init', 'in this folder'],
        ['sallyport init my-front', 'in a new folder'],
      ]),
    )
    .action((dir: string | undefined, _options: object, command: Command) => {
      const { front, json } = command.optsWithGlobals<CommonOptions>();
      const folder = resolve(dir ?? front);
      const { id, written, notes } = writeFront(folder);
      if (json === true) {
        output.json({ folder, id, files: written });
        return;
      }
      const where = relative(process.cwd(), folder);
      const flag = where === '' ? '' : ` --front ${/^[\w./-]+$/.test(where) ? where : JSON.stringify(where)}`;
      output.out(`wrote a front with id ${output.strong(id)}:`);
      for (const file of written) output.out(`  ${join(where, file)}`);
      for (const note of notes) output.out(note);
      output.out('');
      output.out('Next:');
      output.out(`  1. see it run:        npx sallyport${flag} dev`);
      output.out(`  2. say what you have: ${join(where, 'sallyport.yaml')} (the backend, the routes)`);
      output.out(
        `  3. put a partner in:  its CA certificates and its name into ${join(where, 'truststore')}/, then remove the sample`,
      );
      output.out(
        '  4. put it on AWS:     `npx cdk synth` in its folder says what is missing; docs/deploy.md has every command',
      );
    });
}

function writeFront(folder: string): { id: string; written: readonly string[]; notes: readonly string[] } {
  const label = labelOf(folder);
  const id = `${label}-${randomBytes(2).toString('hex')}`;
  const files = new Map<string, string>([
    ['sallyport.yaml', frontYaml(id, label)],
    ['truststore/authorities/sample-ca.pem', sampleAuthorityPem(Date.now(), generateKeyPairSync, randomBytes(8))],
    ['truststore/authorities/sample-ca.yaml', AUTHORITY_YAML],
    ['truststore/clients/sample-partner.yaml', CLIENT_YAML],
  ]);
  const there = [...files.keys()].filter((file) => existsSync(join(folder, file)));
  if (there.length > 0 || existsSync(join(folder, 'truststore'))) {
    throw new CliFailure(
      exitCodes.no,
      `${folder} has a front already (${there.join(', ') || 'truststore/'}); nothing was written`,
      {
        next: 'sallyport init OTHER-FOLDER',
      },
    );
  }
  const encoded = new Map([...files].map(([file, text]) => [file, new TextEncoder().encode(text)]));
  const { problems } = parseFront(encoded);
  if (problems.length > 0) {
    throw new CliFailure(exitCodes.undecided, 'what init would write is not accepted by its own parser', { problems });
  }
  const notes: string[] = [];
  const ignore = join(folder, '.gitignore');
  if (existsSync(ignore)) notes.push('  .gitignore is there already: see that it has a line with .sallyport/');
  else files.set('.gitignore', GITIGNORE);
  if (existsSync(join(folder, 'cdk.json'))) {
    notes.push(`  cdk.json is there already: \`cdk deploy\` of this front alone needs --app "${CDK_APP}"`);
  } else files.set('cdk.json', CDK_JSON);
  // editors check the files against these, without asking any server
  for (const [name, text] of schemaFiles()) {
    if (!existsSync(join(folder, 'schema', name))) files.set(`schema/${name}`, text);
  }
  try {
    for (const [file, text] of files) {
      makeFolder(dirname(join(folder, file)));
      writeFileSync(join(folder, file), text, { flag: 'wx' });
    }
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    cannotDecide(`cannot write a front in ${folder} (${code})`, 'sallyport init OTHER-FOLDER', { cause: error });
  }
  return { id, written: [...files.keys()], notes };
}

/** Folder by folder: Node's own recursive way never comes back where the system answers ENOENT below an existing folder (`/proc`). */
function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** The folder's name as a label: `[a-z0-9][a-z0-9-]{0,62}`, short enough for an id behind it. */
function labelOf(folder: string): string {
  const label = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return label === '' ? 'front' : label;
}

const GITIGNORE = `# made-up keys and certificates of \`sallyport dev\`
.sallyport/
cdk.out/
node_modules/
`;

// --no: npx must never fetch what is not installed.
const CDK_APP = 'npx --no sallyport-app';

const CDK_JSON = `{
  "app": "${CDK_APP}",
  "versionReporting": false,
  "context": {
    "@aws-cdk/core:validateAgainstDefaultRules": true,
    "@aws-cdk/aws-iam:minimizePolicies": true,
    "@aws-cdk/core:checkSecretUsage": true,
    "@aws-cdk/core:defaultCrossStackReferences": "strong"
  }
}
`;

function frontYaml(id: string, label: string): string {
  return `# yaml-language-server: $schema=./schema/sallyport.schema.json
format: 1
id: ${id}   # written once: names of stacks, parameters and metrics use it, so never change it
front: ${label}          # only a label, for people
stage: test

# Printed in every refusal, so that a partner knows whom to ask.
support: { email: api-team@example.com }

# The name that partners call. \`sallyport dev\` makes a certificate for it.
domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }

# How backends are reached. Secrets are only named here. \`sallyport dev\` sends everything to a demo backend
# unless it is told --real-backends.
connections:
  backend:
    transport: direct
    url: "https://tenant.example.com"
    credential: { basic: { user: front, passwordFrom: "secret:backend" } }

# Which requests go where; everything else is refused. \`*\` is one segment, \`/**\` is the path and all below it.
routes:
  - { match: "GET,POST /orders/**", connection: backend, to: "/Orders/rest/v1/**" }
`;
}

const AUTHORITY_YAML = `# yaml-language-server: $schema=../../schema/authority.schema.json
# An authority is a set of CA certificates that may vouch for clients: this file and ${'`'}sample-ca.pem${'`'} beside it.
#
# The sample was made by ${'`'}sallyport init${'`'} and its keys were thrown away: nobody can issue a certificate under it.
# To put a real partner in:
#   1. save the partner's issuing CA and every CA above it, up to the self-signed root, as truststore/authorities/NAME.pem
#   2. copy this file to NAME.yaml and write the same NAME here
#   3. name it in the identities of the partner's file in truststore/clients/
authority: sample-ca
# issuers: [...]     # which CAs of the file may sign clients; default: those that issue no other CA in it
revocation: { none: "The sample authority has no keys, so it issues and revokes nothing" }
`;

const CLIENT_YAML = `# yaml-language-server: $schema=../../schema/client.schema.json
# A client is one application of a partner: how it is recognised, and what it may do.
client: sample-partner
contact: integration@partner.example
identities:          # any one of them; two identities = a rotation
  - { authority: sample-ca, subject: 'CN=orders-client, O=Sample Partner, C=NL' }
allow:
  - GET /orders/**
  - POST /orders
# addresses: [203.0.113.0/24]     # only from these
# validUntil: 2027-06-30          # last day included, UTC
`;
