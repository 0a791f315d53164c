import type { Command } from 'commander';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { readPemBlocks } from '../../core/x509/pem.ts';
import { appendRevoked, type IssuedLine, readIssued, readRevoked } from '../../partners/ca/folder.ts';
import { revocationReasons } from '../../partners/ca/lists.ts';
import { renewLists } from '../../partners/ca/renew-lists.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { CliFailure, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readBytesFile, readFrontOf } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { type CaOptions, caFolder, keyMeansOf, writing } from './options.ts';

interface RevokeOptions extends CaOptions {
  readonly authority: string;
  readonly reason: string;
}

export function addCaRevoke(ca: Command, { output }: CommandContext): void {
  ca.command('revoke')
    .description('Put a certificate on the list of the CA that signed it; without one, only renew the lists.')
    .argument('[certificate]', 'its serial number (hex) or its file')
    .requiredOption('--authority <name>', 'of which CA')
    .option('--passphrase-file <file>', 'holds the passphrase of keys in files, on its first line')
    .option('--profile <name>', 'profile of the shared AWS configuration, for keys in KMS')
    .option('--keys <folder>', 'folder of the CA (default: ~/.sallyport/ca/AUTHORITY)')
    .option('--reason <reason>', Object.keys(revocationReasons).join(', '), 'unspecified')
    .addHelpText(
      'before',
      examples([
        ['sallyport ca revoke acme.pem --authority our-ca --passphrase-file pw --reason keyCompromise', 'this one'],
        ['sallyport ca revoke --authority our-ca --passphrase-file pw', 'none: new lists, before the old ones end'],
      ]),
    )
    .action(async (certificate: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions>();
      const { reason, authority } = options;
      if (!Object.hasOwn(revocationReasons, reason)) {
        wrongUsage(`--reason ${printable(reason)} is none`, `--reason ${Object.keys(revocationReasons).join(' | ')}`);
      }
      const { registry } = readFrontOf(options.front);
      const document = registry.authorities.find(({ name }) => name === authority);
      const read = document !== undefined && 'lists' in document.revocation;
      const folder = caFolder(authority, options);
      const means = keyMeansOf(options);
      const now = Date.now();
      const line = certificate === undefined ? undefined : issuedLine(serialOf(certificate), readIssued(folder));
      const already = readRevoked(folder).some(({ serial }) => serial === line?.serial);
      if (line !== undefined && !already) {
        writing(folder, () => appendRevoked(folder, { serial: line.serial, revokedAt: now, reason }));
      }
      const roles = await writing(folder, () => renewLists(folder, means, now));
      const renewed = roles.map((role) => `${role}.crl`);
      if (options.json === true) {
        output.json({ authority, revoked: line?.serial, already, lists: renewed, folder, read });
        return;
      }
      if (line !== undefined) {
        output.out(`${already ? 'was revoked already' : 'revoked'}: ${line.serial} (${printable(line.subject)})`);
      }
      output.out(`new lists in ${printable(folder)}: ${renewed.join(', ')}`);
      output.out(
        read
          ? '→ publish them now: the front refuses the certificate when it has read the new list'
          : withoutLists(authority, line?.client),
      );
    });
}

/** A subject comes back with the next certificate: only a certificate that is registered exactly keeps the old one out. */
function withoutLists(authority: string, client: string | undefined): string {
  const name = printable(client ?? 'NAME');
  return `→ this front reads no lists of ${printable(authority)}, so this one still counts. To keep it out: register the next one exactly (sallyport client add ${name} --rotate --identity certificate --from FILE), take the lines with authority ${printable(authority)} out of truststore/clients/${name}.yaml, and sallyport publish`;
}

function serialOf(text: string): string {
  const digits = text
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^(0x)?0*/, '');
  if (/^[0-9a-f]{1,40}$/.test(digits)) return digits;
  const bytes = readBytesFile(text, 'the certificate');
  const block = bytes[0] === 0x30 ? bytes : readPemBlocks(bytes.toString('latin1'))[0]?.der;
  return block === undefined
    ? wrongUsage(`${printable(text)} holds no certificate`, 'give a serial number or a certificate')
    : parseCertificate(block).serial;
}

function issuedLine(serial: string, issued: readonly IssuedLine[]): IssuedLine {
  const line = issued.find((one) => one.serial === serial);
  if (line !== undefined) return line;
  throw new CliFailure(exitCodes.no, `this CA has issued no certificate with the serial number ${serial}`, {
    next: 'issued.ndjson in the folder of the CA names them all',
  });
}
