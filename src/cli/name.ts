import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { sanLine, subjectLine } from '../core/registry/identity-line.ts';
import type { Certificate } from '../core/x509/certificate.ts';
import { formatName, type Name } from '../core/x509/name.ts';
import { readingsOf } from '../core/x509/name-text.ts';
import { dialects } from '../core/x509/names/dialects.ts';
import { withoutLogEscapes } from '../core/x509/names/log-escapes.ts';
import { type PrintedThumbprint, parseSerialText, parseThumbprint } from '../core/x509/names/printed-hex.ts';
import { readableName } from '../core/x509/names/readable.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { cannotDecide, exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile } from './terminal/files.ts';
import { foundInstead, type GivenOptions, leafGiven, readGiven, refuseLocked } from './terminal/given.ts';
import { type Output, printable } from './terminal/output.ts';

interface NameOptions extends CommonOptions, GivenOptions {
  readonly serial?: boolean;
}

export function addNameCommand(program: Command, { output, end }: CommandContext): Command {
  return program
    .command('name')
    .description('A printed subject, serial number or thumbprint, from any tool: what it means and how to register it.')
    .argument(
      '<text>',
      'a subject or thumbprint as any tool prints it, or a file: anything with a certificate or a request in it, or text',
    )
    .option('--serial', 'the text is a serial number')
    .option('--certificate <which>', 'of several in the file: its number, from 1, or its SHA-256')
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
    .addHelpText(
      'before',
      examples([
        ['sallyport name \'C = NL, O = "Acme, Inc.", CN = orders-client\'', 'as openssl prints it'],
        ['sallyport name acme.pem', 'the subject of a certificate, and how each tool prints it'],
        ['sallyport name --serial 00:AB:01:02', 'a serial number, canonical'],
        ['sallyport name thumbprint.txt', 'a thumbprint copied from Azure or Windows'],
      ]),
    )
    .action(async (argument: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<NameOptions>();
      const answer = await answerTo(argument, options);
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

async function answerTo(argument: string, options: NameOptions): Promise<Answer> {
  // A name has `=` in it, a thumbprint no dot: what ends like a file is meant as one, there or not.
  const isFile =
    (existsSync(argument) && statSync(argument).isFile()) ||
    /^[^=]*\.(?:pem|crt|cer|der|txt|p12|pfx|p7b|csr)$/i.test(argument);
  if (!isFile) return textOrDigits(argument, options.serial === true);
  return (await givenAnswer(argument, options)) ?? textOrDigits(textIn(argument), options.serial === true);
}

function textOrDigits(text: string, serial: boolean): Answer {
  if (text.trim() === '') wrongUsage('an empty text', "sallyport name 'CN=orders-client,O=Acme,C=NL'");
  // as `openssl x509 -noout -serial` prints it
  if (serial || /^\s*serial(?: number)?\s*[=:]/i.test(text)) return serialAnswer(text, false);
  const thumbprint = text.includes('=') && !/print\s*=/i.test(text) ? undefined : parseThumbprint(text);
  if (thumbprint !== undefined) return thumbprintAnswer(thumbprint);
  const once = withoutLogEscapes(text);
  return once === undefined ? textAnswer(text) : fromLog(textAnswer(once));
}

/** The same, with the encoding that it was met in. */
function fromLog(answer: Answer): Answer {
  const encoding =
    'escaped twice: \\x5C is the backslash of the name, as the log of nginx writes it; it was undone once';
  return {
    ...answer,
    document: { ...answer.document, encoding },
    print: (output) => {
      output.out(`${output.strong('note')}: ${encoding}`);
      answer.print(output);
    },
  };
}

/** Of a file that is no certificate: a name or a thumbprint that somebody has saved. */
function textIn(file: string): string {
  const bytes = readBytesFile(file, 'the name');
  // PowerShell and Windows editors write UTF-16
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
}

/** Undefined when neither a certificate nor a request is in it, and it may be a text. */
async function givenAnswer(file: string, options: NameOptions): Promise<Answer | undefined> {
  const given = await readGiven([file], 'the name', options);
  const { cas, requests, malformed } = given.material;
  const leaf = (await leafGiven(given, options)) ?? (requests.length === 0 ? (await lowestOf(cas))[0] : undefined);
  if (leaf !== undefined) return options.serial === true ? serialAnswer(leaf.serial, true) : certificateAnswer(leaf);
  const [request] = requests;
  if (request !== undefined) return requestAnswer(request.subject, request.extensions.subjectAltName);
  await refuseLocked(given);
  const [broken] = malformed;
  if (broken !== undefined) {
    return cannotDecide(
      `${broken.found.file}: ${printable(broken.found.finding.message)}`,
      'sallyport inspect FILE says more',
    );
  }
  const text = given.files.every(({ report }) => report.plainText === true);
  return text
    ? undefined
    : wrongUsage(`no certificate in it (${foundInstead(given)})`, 'sallyport inspect FILE says what it is');
}

async function lowestOf(cas: readonly Certificate[]): Promise<readonly Certificate[]> {
  const { issuingChains } = await import('../partners/add/issuing-chain.ts');
  return issuingChains(cas, Date.now()).flatMap(({ chain }) => chain.slice(0, 1));
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

/** As people read it; where that is not ASCII also as it stands in files and logs. */
function printName(name: Name, output: Output): void {
  const [canonical, letters] = [formatName(name), readableName(name)];
  if (letters !== canonical) printLine('reads', letters, output);
  if (name.rdns.length > 0) printLine('canonical', canonical, output);
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
    name,
    canonical: formatName(name),
    key: name.key,
    line: subjectLine(name),
  }));
  const document = {
    kind: 'name',
    certain,
    readings: described.map(({ name: _, ...one }) => one),
    ...(certain ? { printed: printed(first.name) } : {}),
  };
  return {
    document,
    certain,
    print: (output) => {
      if (!certain) output.out(output.bad('Go prints some types last, so the order of this name is lost. It may be:'));
      else if (readings.length > 1)
        output.out(output.strong('This text can be read from both ends. A front reads it so:'));
      for (const [index, { dialect, name, line }] of described.entries()) {
        if (index > 0)
          output.out(certain ? `\nIf it was meant the other way (${howMeant[dialect] ?? dialect}):` : '\nor:');
        printName(name, output);
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
      printName(subject, output);
      printLine('issuer', readableName(issuer), output);
      printLine('serial', serial, output);
      printLine('sha256', sha256, output);
      for (const [index, line] of lines.entries()) printLine(index === 0 ? 'register' : 'or', line, output);
      output.out();
      printDialects(subject, output);
    },
  };
}

/** What a request asks for; its CA may write something else. */
function requestAnswer(subject: Name, names: Certificate['subjectAltName'] = []): Answer {
  const subjectLines = subject.rdns.length === 0 ? [] : [subjectLine(subject)];
  const lines = [...subjectLines, ...names.map((name) => sanLine(name)).filter((line) => line !== undefined)];
  return {
    certain: true,
    document: { kind: 'request', canonical: formatName(subject), key: subject.key, lines, printed: printed(subject) },
    print: (output) => {
      output.out(output.strong('A request for a certificate: what it asks for, which its CA may change.'));
      printName(subject, output);
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
