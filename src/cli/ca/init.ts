import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readFrontFiles } from '../../config/folder.ts';
import { parseFront } from '../../config/front.ts';
import { isName } from '../../core/name.ts';
import { createCaFolder, writeNewFile } from '../../partners/ca/folder.ts';
import { makeCa, type NewCa } from '../../partners/ca/new-ca.ts';
import { authorityYaml } from '../../partners/truststore-files.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { openKmsKey } from './kms-key.ts';
import { type CaOptions, caFolder, keyMeansOf, wholeNumber, writing } from './options.ts';

interface InitOptions extends CaOptions {
  readonly organization?: string;
  readonly years: string;
  readonly crlUrl?: string;
  readonly withoutLists?: string;
  readonly kmsRoot?: string;
  readonly kmsIssuing?: string;
}

export function addCaInit(ca: Command, { output }: CommandContext): void {
  ca.command('init')
    .description('Make a CA of your own: public parts as an authority of the front, keys in a folder outside of it.')
    .argument('<name>', 'name of the authority: acme-ca')
    .option('--passphrase-file <file>', 'holds the passphrase of keys in files, on its first line')
    .option('--kms-issuing <arn>', 'the key that signs clients is this one in KMS')
    .option('--kms-root <arn>', 'the key of the root is this one in KMS')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .option('--keys <folder>', 'new folder for the keys and lists (default: ~/.sallyport/ca/NAME)')
    .option('--organization <name>', 'O in the names of the CA (default: NAME)')
    .option('--years <years>', 'how long the root counts; the CA below it counts half as long', '10')
    .option('--crl-url <url>', 'address of the folder where you will publish root.crl and intermediate.crl')
    .option('--without-lists <why>', 'publish no lists; says what you do instead')
    .addHelpText(
      'before',
      examples([
        ['sallyport ca init our-ca --passphrase-file pw --crl-url http://crl.example.com/our-ca', 'with lists'],
        ['sallyport ca init our-ca --passphrase-file pw --without-lists "We take clients out by hand"', 'without'],
        [
          'sallyport ca init our-ca --kms-issuing arn:aws:kms:… --passphrase-file pw --crl-url http://…',
          'the key that signs clients never leaves KMS; the root goes into a safe',
        ],
      ]),
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<InitOptions>();
      const years = wholeNumber('--years', options.years, [2, 30]);
      if (!isName(name)) {
        wrongUsage(`${printable(name)} is no name of an authority`, 'sallyport ca init our-ca');
      }
      const listFolder = listFolderOf(options.crlUrl, options.withoutLists);
      const folder = caFolder(name, options);
      const { passphrase } = keyMeansOf(options);
      readFrontOf(options.front);
      const kms = await kmsKeysOf(options);
      const organization = options.organization ?? name;
      const now = Date.now();
      const made = await makeCa({ name, organization, years, listFolder, kms, passphrase }, { now, randomBytes });
      const files = new Map([
        [`truststore/authorities/${name}.pem`, made.authorityPem],
        [`truststore/authorities/${name}.yaml`, yamlOf(name, made, listFolder, options.withoutLists)],
      ]);
      checkFront(options.front, files);
      writing(folder, () => createCaFolder(folder, made.files));
      for (const [file, text] of files) writing(file, () => writeNewFile(join(options.front, file), text));
      const notAfter = {
        root: new Date(made.notAfter.root).toISOString(),
        intermediate: new Date(made.notAfter.intermediate).toISOString(),
      };
      if (options.json === true) {
        output.json({ authority: name, keys: folder, files: [...files.keys()], notAfter });
        return;
      }
      output.out(`made the CA ${output.strong(name)}:`);
      for (const file of files.keys()) output.out(`  ${printable(join(options.front, file))}`);
      output.out(`  ${printable(folder)}/   keys (encrypted; of one in KMS its ARN), certificates, lists`);
      output.out(`the CA that signs clients ends ${notAfter.intermediate}, its root ${notAfter.root}`);
      output.out('');
      output.out('Next:');
      output.out(
        kms.root === undefined
          ? `  1. move root.key.pem to a safe: it signs nothing more but the root's list and a renewal of the CA below it`
          : "  1. let nobody but a few sign with the root's key: nothing more but its list and a renewal of the CA below it",
      );
      output.out(`  2. give a client an identity: - { authority: ${name}, subject: 'CN=orders-client' }`);
      output.out(
        `  3. sign its request:          sallyport ca sign REQUEST.csr --client CLIENT${kms.intermediate === undefined ? ' --passphrase-file FILE' : ''}`,
      );
      if (listFolder !== undefined) {
        output.out(
          `  4. publish the lists:         root.crl and intermediate.crl to ${printable(listFolder)}/, every week`,
        );
        output.out('     and have sallyport jobs run read them, by the clock (docs/revocation.md)');
      }
    });
}

async function kmsKeysOf({ kmsRoot, kmsIssuing, profile }: InitOptions) {
  const open = async (arn: string) => ({ arn, ...(await openKmsKey(arn, profile)) });
  return {
    ...(kmsRoot === undefined ? {} : { root: await open(kmsRoot) }),
    ...(kmsIssuing === undefined ? {} : { intermediate: await open(kmsIssuing) }),
  };
}

function listFolderOf(url: string | undefined, without: string | undefined): string | undefined {
  if ((url === undefined) === (without === undefined)) {
    wrongUsage('either lists or why there are none', '--crl-url URL, or --without-lists "what you do instead"');
  }
  return url?.replace(/\/+$/, '');
}

function yamlOf(name: string, made: NewCa, listFolder: string | undefined, without: string | undefined): string {
  const lists = ['root', 'intermediate'].map((role) => `${listFolder}/${role}.crl`);
  return authorityYaml({
    name,
    issuers: [made.issuerSha256],
    // the root's list counts for 90 days, the other for 7
    revocation: listFolder === undefined ? { none: without ?? '' } : { lists, maxAgeHours: 2160 },
    comment: 'Made by `sallyport ca init`; the keys are not here.',
  });
}

/** Before anything is written: the names are free, and the front with them compiles. */
function checkFront(front: string, files: ReadonlyMap<string, string>): void {
  const there = [...files.keys()].filter((file) => existsSync(join(front, file)));
  if (there.length > 0) {
    throw new CliFailure(exitCodes.no, `${there.join(', ')} is there already; nothing was written`, {
      next: 'sallyport ca init OTHER-NAME',
    });
  }
  const encoded = [...files].map(([file, text]) => [file, new TextEncoder().encode(text)] as const);
  const { problems } = parseFront(new Map([...readFrontFiles(front), ...encoded]));
  const wrong = problems.filter(({ code }) => code !== 'registry_empty'); // its first client may come afterwards
  if (wrong.length > 0) {
    cannotDecide('the front would not compile with this CA:', 'correct the options', { problems: wrong });
  }
}
