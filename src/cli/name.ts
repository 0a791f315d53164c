import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { sanLine, subjectLine } from '../core/registry/identity-line.ts';
import { type Certificate, parseCertificate } from '../core/x509/certificate.ts';
import { formatName, type Name } from '../core/x509/name.ts';
import { readingsOf } from '../core/x509/name-text.ts';
import { dialects } from '../core/x509/names/dialects.ts';
import { type PrintedThumbprint, parseSerialText, parseThumbprint } from '../core/x509/names/printed-hex.ts';
import { readPemBlocks } from '../core/x509/pem.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';

interface NameOptions extends CommonOptions {
  readonly serial?: boolean;
}

export function addNameCommand(program: Command, { output, end }: CommandContext): Command {
  return program
    .command('name')
    .description('A printed subject, serial number or thumbprint, from any tool: what it means and how to register it.')
    .argument('<text>', 'a subject or thumbprint as any tool prints it, or a file: certificate (PEM, DER) or text')
    .option('--serial', 'the text is a serial number')
    .addHelpText(
      'before',
      examples([
        ['sallyport name \'C = NL, O = "Acme, Inc.", CN = orders-client\'', 'as openssl prints it'],
        ['sallyport name acme.pem', 'the subject of a certificate, and how each tool prints it'],
        ['sallyport name --serial 00:AB:01:02', 'a serial number, canonical'],
        ['sallyport name thumbprint.txt', 'a thumbprint copied from Azure or Windows'],
      ]),
    )
    .action((argument: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<NameOptions>();
      const answer = answerTo(argument, options.serial === true);
      if (options.json === true) output.json(answer.document);
      else answer.print(output);
      end(answer.certain ? exitCodes.done : exitCodes.no);
    });
}

interface Answer {
  readonly document: Record<string, unknown>;
  /** False when the text alone does not say which of its readings is meant. */
  readonly certain: boolean;
  print(output: Output): void;
}

function answerTo(argument: string, serial: boolean): Answer {
  // A name has `=` in it, a thumbprint no dot: what ends like a file is meant as one, there or not.
  const isFile =
    (existsSync(argument) && statSync(argument).isFile()) || /^[^=]*\.(?:pem|crt|cer|der|txt)$/i.test(argument);
  const bytes = isFile ? readBytesFile(argument, 'the name') : undefined;
  const certificate = bytes === undefined ? undefined : certificateIn(bytes);
  if (certificate !== undefined) {
    return serial ? serialAnswer(certificate.serial, true) : certificateAnswer(certificate);
  }
  const text = bytes === undefined ? argument : bytes.toString('utf8');
  if (text.trim() === '') wrongUsage('an empty text', "sallyport name 'CN=orders-client,O=Acme,C=NL'");
  // as `openssl x509 -noout -serial` prints it
  if (serial || /^\s*serial(?: number)?\s*[=:]/i.test(text)) return serialAnswer(text, false);
  const thumbprint = text.includes('=') && !/print\s*=/i.test(text) ? undefined : parseThumbprint(text);
  return thumbprint === undefined ? textAnswer(text) : thumbprintAnswer(thumbprint);
}

function certificateIn(bytes: Buffer): Certificate | undefined {
  if (bytes[0] === 0x30) return parseCertificate(bytes);
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN')) return undefined;
  const block = readPemBlocks(text).find(({ label }) => label === 'CERTIFICATE');
  return block === undefined
    ? wrongUsage('the file holds no certificate', 'give a PEM file with -----BEGIN CERTIFICATE-----, or DER')
    : parseCertificate(block.der);
}

function printed(name: Name): Record<string, string> {
  return Object.fromEntries(dialects.map(({ id, write }) => [id, write(name)]));
}

function printDialects(name: Name, output: Output): void {
  const width = Math.max(...dialects.map(({ tool }) => tool.length)) + 2;
  output.out('as it is printed by');
  for (const { tool, note, write } of dialects) {
    const [first = '', ...rest] = write(name).split('\n');
    output.out(`  ${output.faint(tool.padEnd(width))}${printable(first)}`);
    for (const line of rest) output.out(`  ${' '.repeat(width)}${printable(line)}`);
    if (note !== undefined) output.out(`  ${' '.repeat(width)}${output.faint(`(${note})`)}`);
  }
}

function printLine(label: string, text: string, output: Output): void {
  output.out(`${output.faint(label.padEnd(11))}${text}`);
}

const howMeant: Readonly<Record<string, string>> = {
  rfc4514: 'last part first, as RFC 4514, OpenSSL -nameopt RFC2253, Java and Python print',
  forward: 'first part first, as OpenSSL by default and API Gateway print',
  go: 'Go, which has changed the order',
};

/** Readings in which the text could have been meant; the first is the one that a front takes. */
function textAnswer(text: string): Answer {
  const readings = readingsOf(text);
  const [first] = readings;
  if (first === undefined) throw new Error('a text without a reading');
  const certain = first.dialect !== 'go';
  const described = readings.map(({ dialect, name }) => ({
    dialect,
    canonical: formatName(name),
    key: name.key,
    line: subjectLine(name),
  }));
  const document = {
    kind: 'name',
    certain,
    readings: described,
    ...(certain ? { printed: printed(first.name) } : {}),
  };
  return {
    document,
    certain,
    print: (output) => {
      if (!certain) output.out(output.bad('Go prints some types last, so the order of this name is lost. It may be:'));
      else if (readings.length > 1)
        output.out(output.strong('This text can be read from both ends. A front reads it so:'));
      for (const [index, { dialect, canonical, line }] of described.entries()) {
        if (index > 0)
          output.out(certain ? `\nIf it was meant the other way (${howMeant[dialect] ?? dialect}):` : '\nor:');
        printLine('canonical', canonical, output);
        printLine('register', line, output);
      }
      if (!certain) {
        output.out('\n(or in another order still)\n→ ask for: openssl x509 -noout -subject -nameopt RFC2253 -in FILE');
        return;
      }
      output.out();
      printDialects(first.name, output);
    },
  };
}

function certificateAnswer(certificate: Certificate): Answer {
  const { subject, issuer, serial, sha256, subjectAltName = [] } = certificate;
  const subjectLines = subject.rdns.length === 0 ? [] : [subjectLine(subject)];
  const sanLines = subjectAltName.map((name) => sanLine(name)).filter((line) => line !== undefined);
  const lines = [...subjectLines, ...sanLines];
  return {
    certain: true,
    document: {
      kind: 'certificate',
      canonical: formatName(subject),
      key: subject.key,
      issuer: formatName(issuer),
      serial,
      sha256,
      lines,
      printed: printed(subject),
    },
    print: (output) => {
      printLine('canonical', subject.rdns.length === 0 ? '(no subject)' : formatName(subject), output);
      printLine('issuer', formatName(issuer), output);
      printLine('serial', serial, output);
      printLine('sha256', sha256, output);
      for (const [index, line] of lines.entries()) printLine(index === 0 ? 'register' : 'or', line, output);
      output.out();
      printDialects(subject, output);
    },
  };
}

function serialAnswer(text: string, exact: boolean): Answer {
  const { readings: all, warnings } = parseSerialText(exact ? hexSerial(text) : text);
  const readings = all.slice(0, exact ? 1 : undefined);
  const described = readings.map(({ radix, serial }) => ({ radix, serial, printed: printedSerial(serial) }));
  return {
    certain: readings.length === 1,
    document: { kind: 'serial', certain: readings.length === 1, readings: described, warnings },
    print: (output) => {
      if (readings.length > 1) output.out(output.strong('Digits alone do not say whether they are hex or decimal:'));
      for (const each of described) {
        printLine('canonical', `${each.serial}${readings.length > 1 ? `   (read as ${each.radix})` : ''}`, output);
        for (const [tool, digits] of Object.entries(each.printed))
          output.out(`  ${output.faint(tool.padEnd(34))}${digits}`);
      }
      for (const warning of warnings) output.out(`${output.bad('note')}: ${warning}`);
      output.out('A serial number names a certificate only together with its issuer.');
    },
  };
}

/** Marked, so that digits of our own are not taken for decimal. */
function hexSerial(serial: string): string {
  return serial.startsWith('-') ? `-0x${serial.slice(1)}` : `0x${serial}`;
}

function printedSerial(serial: string): Record<string, string> {
  const negative = serial.startsWith('-');
  const digits = serial.replace('-', '');
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const sign = negative ? '-' : '';
  const decimal = `${sign}${BigInt(`0x${digits}`)}`;
  return {
    'OpenSSL -serial, Node': `${sign}${even.toUpperCase()}`,
    Java: serial,
    'Python hex()': `${sign}0x${digits}`,
    Go: decimal,
    // OpenSSL's rule for printing a serial number: decimal while it fits 64 bits.
    'API Gateway serialNumber': BigInt(decimal) < 1n << 63n ? decimal : even.replace(/..(?=.)/g, '$&:'),
    'Azure, Windows': `${sign}${even.toUpperCase()}`,
  };
}

function thumbprintAnswer({ hash, hex, warnings }: PrintedThumbprint): Answer {
  const notes = [
    ...warnings,
    hash === 'sha1'
      ? 'SHA-1, for which two certificates can be made that share it: a front never decides by it'
      : 'the SHA-256 of one certificate: its renewal has another one',
  ];
  const next =
    hash === 'sha1'
      ? 'ask the partner for the certificate itself, and register it: sallyport client add NAME --from FILE'
      : 'ask for the certificate and write `- { certificate: NAME.pem }` in the client; of a CA, `issuers` of its authority takes the hash';
  return {
    certain: true,
    document: { kind: 'thumbprint', hash, canonical: hex, warnings: notes, next },
    print: (output) => {
      printLine('canonical', hex, output);
      printLine('hash', hash === 'sha1' ? 'SHA-1' : 'SHA-256', output);
      for (const note of notes) output.out(`${output.bad('note')}: ${note}`);
      output.out(`→ ${next}`);
    },
  };
}
