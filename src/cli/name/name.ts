import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { Certificate } from '../../core/x509/certificate.ts';
import { withoutLogEscapes } from '../../core/x509/names/log-escapes.ts';
import { parseThumbprint } from '../../core/x509/names/printed-hex.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { cannotDecide, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readBytesFile } from '../terminal/files.ts';
import { foundInstead, type GivenOptions, leafGiven, readGiven, refuseLocked } from '../terminal/given.ts';
import { printable } from '../terminal/output.ts';
import { certificateAnswer, requestAnswer, textAnswer } from './names.ts';
import { serialAnswer, thumbprintAnswer } from './numbers.ts';
import type { Answer } from './print.ts';

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
  const { issuingChains } = await import('../../partners/add/issuing-chain.ts');
  return issuingChains(cas, Date.now()).flatMap(({ chain }) => chain.slice(0, 1));
}
