import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { readFrontFiles } from '../../config/folder.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { pemFromDer, readPemBlocks } from '../../core/x509/pem.ts';
import { certificateIn, openIssuer, replaceCertificate } from '../../partners/ca/folder.ts';
import { renewIntermediate } from '../../partners/ca/renew.ts';
import { frontAfter, printChanges, textIn, writeChanges } from '../changes/changes.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes } from '../terminal/failure.ts';
import { printable } from '../terminal/output.ts';
import type { FileChange } from '../terminal/text-diff.ts';
import { type CaOptions, caFolder, keyMeansOf, wholeNumber, writing } from './options.ts';

interface RenewOptions extends CaOptions {
  readonly years: string;
}

export function addCaRenew(ca: Command, { output }: CommandContext): void {
  ca.command('renew')
    .description('The CA that signs clients once more, with the same key: what it has signed stays good.')
    .argument('<name>', 'name of the authority')
    .option('--passphrase-file <file>', 'holds the passphrase of keys in files, on its first line')
    .option('--profile <name>', 'profile of the shared AWS configuration, for keys in KMS')
    .option('--keys <folder>', 'folder of the CA (default: ~/.sallyport/ca/NAME); the key of the root is back in it')
    .option('--years <years>', 'how long it counts; it ends with the root at the latest', '5')
    .addHelpText(
      'before',
      examples([['sallyport ca renew our-ca --passphrase-file pw', 'then publish: clients change nothing']]),
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<RenewOptions>();
      const years = wholeNumber('--years', options.years, [1, 15]);
      const folder = caFolder(name, options);
      const own = certificateIn(folder, 'intermediate');
      const inFront = certificateInFront(options.front, name, own);
      // one that was interrupted is finished: the folder has the new certificate, the front the old one
      const unfinished = parseCertificate(own).notAfter > parseCertificate(inFront).notAfter;
      const after = unfinished
        ? own
        : await renewIntermediate(own, await openIssuer(folder, 'root', keyMeansOf(options)), years, {
            now: Date.now(),
            randomBytes,
          });
      const changes = changesOf(options.front, name, inFront, after);
      const { config, problems } = frontAfter(options.front, changes);
      if (config === undefined) {
        cannotDecide(
          'the front would not compile with the new certificate; nothing was written:',
          'look at the front',
          {
            problems,
          },
        );
      }
      if (!unfinished) writing(folder, () => replaceCertificate(folder, 'intermediate', after));
      writeChanges(options.front, changes);
      const { notAfter, sha256 } = parseCertificate(after);
      const ends = new Date(notAfter).toISOString();
      if (options.json === true) {
        output.json({ authority: name, notAfter: ends, sha256, files: changes.map(({ file }) => file), keys: folder });
        return;
      }
      printChanges(changes, output);
      output.out(`written. The CA that signs clients of ${output.strong(name)} now ends ${ends}; its key is the same.`);
      output.out('→ sallyport publish: until then the front trusts the old certificate. Clients change nothing.');
    });
}

/** The certificate in the authority's file that has the name and the key of this CA. */
function certificateInFront(front: string, name: string, own: Uint8Array): Uint8Array {
  const { subject, spkiSha256 } = parseCertificate(own);
  const file = `truststore/authorities/${name}.pem`;
  const found = readPemBlocks(textIn(readFrontFiles(front), file) ?? '').find(({ der }) => {
    const one = parseCertificate(der);
    return one.subject.key === subject.key && one.spkiSha256 === spkiSha256;
  });
  if (found !== undefined) return found.der;
  throw new CliFailure(exitCodes.no, `${printable(file)} does not hold the CA of this folder; nothing was written`, {
    next: '--keys FOLDER names the folder of another CA',
  });
}

/** Its place in the authority's file is taken by the new one; `issuers` names it by its hash. */
function changesOf(front: string, name: string, before: Uint8Array, after: Uint8Array): readonly FileChange[] {
  const files = readFrontFiles(front);
  const [old, renewed] = [parseCertificate(before).sha256, parseCertificate(after).sha256];
  const pem = `truststore/authorities/${name}.pem`;
  const yaml = `truststore/authorities/${name}.yaml`;
  const [pemText, yamlText] = [textIn(files, pem), textIn(files, yaml)];
  const block = pemFromDer(before).trim();
  if (pemText === undefined || yamlText === undefined || !pemText.includes(block)) {
    throw new CliFailure(exitCodes.no, `${printable(pem)} is not as \`ca init\` has written it; nothing was written`, {
      next: 'sallyport lint --fix writes it in order; then run this again',
    });
  }
  // `issuers` may name it by its hash, which changes
  const yamlAfter = yamlText.replaceAll(old, renewed);
  return [
    { file: pem, before: pemText, after: pemText.replace(block, pemFromDer(after).trim()) },
    ...(yamlAfter === yamlText ? [] : [{ file: yaml, before: yamlText, after: yamlAfter }]),
  ];
}
