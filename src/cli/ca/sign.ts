import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { appendIssued, openIssuer, readIssued, writeNewFile } from '../../partners/ca/folder.ts';
import { issueLeaf } from '../../partners/ca/issue.ts';
import { renewLists } from '../../partners/ca/renew-lists.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { foundInstead, readGiven } from '../terminal/given.ts';
import { printable } from '../terminal/output.ts';
import { type CaOptions, caFolder, keyMeansOf, wholeNumber, writing } from './options.ts';

interface SignOptions extends CaOptions {
  readonly client: string;
  readonly authority?: string;
  readonly days: string;
  readonly out?: string;
}

export function addCaSign(ca: Command, { output }: CommandContext): void {
  ca.command('sign')
    .description('A certificate for the key in a request. The names in it come from the front, not from the request.')
    .argument('<csr>', 'anything with the request (PKCS#10) in it: PEM, DER, a mail, an archive')
    .requiredOption('--client <client>', 'for which client of the front')
    .option('--passphrase-file <file>', 'holds the passphrase of keys in files, on its first line')
    .option('--profile <name>', 'profile of the shared AWS configuration, for keys in KMS')
    .option('--authority <name>', 'signed by which CA (default: the only one that the client has an identity of)')
    .option('--keys <folder>', 'folder of the CA (default: ~/.sallyport/ca/AUTHORITY)')
    .option('--days <days>', 'how long it counts, 398 at most', '90')
    .option('--out <file>', 'where to write it, never over an existing file (default: CLIENT.pem)')
    .addHelpText(
      'before',
      examples([
        [
          'sallyport ca sign acme.csr --client acme --passphrase-file pw',
          'writes acme.pem: the certificate and its CA',
        ],
        ['sallyport ca sign acme.csr --client acme --passphrase-file pw --days 30 --out acme-july.pem', 'a short one'],
      ]),
    )
    .action(async (csr: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<SignOptions>();
      const days = wholeNumber('--days', options.days, [1, 398]);
      const out = options.out ?? `${options.client}.pem`;
      if (existsSync(out)) wrongUsage(`${printable(out)} exists`, 'give a new name with --out');
      const request = await requestIn(csr);
      const { registry } = readFrontOf(options.front);
      const authority = options.authority ?? onlyAuthority(registry, options.client);
      const folder = caFolder(authority, options);
      const means = keyMeansOf(options);
      const now = Date.now();
      const issuer = await openIssuer(folder, 'intermediate', means);
      const order = { request, registry, client: options.client, authority, days };
      const { chainPem, askedFor, ...line } = await issueLeaf(order, issuer, { now, randomBytes });
      readIssued(folder); // a damaged record is said before anything is signed
      // written down first: a certificate that nobody knows of cannot be revoked
      writing(folder, () => appendIssued(folder, line));
      writing(out, () => writeNewFile(out, chainPem));
      await writing(folder, () => renewLists(folder, means, now));
      if (options.json === true) {
        output.json({ ...line, authority, written: out, askedFor });
        return;
      }
      if (askedFor !== undefined) {
        output.out(`the request asks for ${printable(askedFor)}; the registry decides: ${printable(line.subject)}`);
      }
      output.out(`written: ${printable(out)} (the certificate and its CA)`);
      output.out(`  subject  ${printable(line.subject)}`);
      output.out(`  serial   ${line.serial}`);
      output.out(`  ends     ${line.notAfter}`);
    });
}

/** DER of the one request in what was given. */
async function requestIn(file: string): Promise<Uint8Array> {
  const given = await readGiven([file], 'the request', {});
  const { requests, findings } = given.material;
  const [only, ...others] = requests;
  if (only !== undefined && others.length === 0) return only.der;
  if (others.length > 0)
    return wrongUsage(`there are ${requests.length} requests in it`, 'give one of them as a file of its own');
  const broken = findings.find(({ finding }) => finding.code === 'request_malformed');
  if (broken !== undefined) {
    return cannotDecide(`${broken.file}: ${printable(broken.finding.message)}`, 'have the request made again');
  }
  return wrongUsage(
    `no certificate request in it (${foundInstead(given)})`,
    'ask for one: openssl req -new -key KEY -out REQUEST.csr',
  );
}

function onlyAuthority(registry: RegistryDocument, client: string): string {
  const found = registry.clients.find(({ name }) => name === client);
  if (found === undefined) {
    const names = registry.clients.map(({ name }) => name).slice(0, 20);
    return wrongUsage(
      `no client of this front is named ${printable(client)} (there are: ${names.join(', ')})`,
      `write truststore/clients/NAME.yaml first`,
    );
  }
  const authorities = found.identities.flatMap((one) =>
    one.kind === 'subject' || one.kind === 'san' ? [one.authority] : [],
  );
  const [only, ...others] = new Set(authorities);
  if (only === undefined || others.length > 0) {
    const which = only === undefined ? 'no authority' : `several authorities: ${[only, ...others].join(', ')}`;
    return wrongUsage(`client ${client} has identities of ${which}`, '--authority NAME');
  }
  return only;
}
