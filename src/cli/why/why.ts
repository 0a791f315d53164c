import type { Command } from 'commander';
import { readToken } from '../../authorize/token.ts';
import { emptyOverlay } from '../../core/decide/overlay.ts';
import { ProblemError } from '../../core/problem.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import { parseAddress } from '../../core/request/address.ts';
import { openFileRevocations } from '../../core/revocation/believe-files.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { markerOf } from '../../core/x509/marker.ts';
import { localOverlay, readLocalBlocks } from '../../local/dev/overlay.ts';
import { openDevRevocations, readListFiles } from '../../local/dev/revocations.ts';
import { openTwins } from '../../local/twins/open.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf, readTextFile } from '../terminal/files.ts';
import type { GivenOptions } from '../terminal/given.ts';
import { printable } from '../terminal/output.ts';
import { parseRequestLine } from '../terminal/request-line.ts';
import { parseTime } from '../terminal/time.ts';
import { type Answer, answerTo, type Question } from './answer.ts';
import { readPresented } from './presented.ts';
import { answerDocument, printAnswer } from './print.ts';
import { type Proposal, proposalOf } from './proposal.ts';
import { readRefusal, referenceIn } from './refusal.ts';

interface WhyOptions extends CommonOptions, GivenOptions {
  readonly request?: string;
  readonly address?: string;
  readonly at?: string;
  readonly log?: string;
  readonly keyFile?: string;
  readonly tokenFile?: string;
}

export function addWhyCommand(program: Command, context: CommandContext): Command {
  return program
    .command('why')
    .description('May the holder of this certificate make this request? Every reason, with its remedy.')
    .argument(
      '<cert>',
      'anything with the certificate in it: PEM, DER, PKCS#7, PKCS#12, a mail, an archive; or the reference of a refusal',
    )
    .option('--request <request>', 'METHOD /path, for example "GET /orders"; a reference brings its own')
    .option(
      '--log <file>',
      'where to look a reference up: what `aws logs` or the console has exported (default: what `dev` keeps here)',
    )
    .option('--address <ip>', 'the address that the request comes from (default: one of those the client may use)')
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
    .option('--certificate <which>', 'of several in the file: its number, from 1, or its SHA-256')
    .option('--key-file <file>', 'holds the key of X-Sallyport-Key, on its first line, if one is asked for')
    .option('--token-file <file>', 'holds the access token, if one is asked for')
    .option('--at <time>', 'decide as of then: 2027-06-30 or 2027-06-30T12:00:00Z (default: now)')
    .addHelpText(
      'before',
      examples([
        ['sallyport why acme.pem --request "GET /orders"', 'now, from an address of its own'],
        ['sallyport why acme.pem --request "GET /orders" --address 198.51.100.9', 'from there'],
        ['sallyport why acme.pem --request "GET /orders" --at 2027-07-01', 'on another day'],
        [
          'sallyport why 7k2m9q4x0c8w1r5t3v6z',
          'decide again what `dev` refused under this reference, by the files of now',
        ],
        [
          'sallyport why 7k2m9q4x0c8w1r5t3v6z --log refusals.json',
          'what a front on AWS refused; docs/deploy.md says where',
        ],
      ]),
    )
    .action(async (file: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<WhyOptions>();
      const question = await questionOf(file, options);
      const answer = answerTo(question);
      const proposal = await proposed(question, answer, options.front);
      if (options.json === true) context.output.json(answerDocument(question, answer, proposal));
      else printAnswer(question, answer, proposal, context.output);
      context.end(answer.allowed ? exitCodes.done : exitCodes.no);
    });
}

async function questionOf(given: string, options: WhyOptions): Promise<Question> {
  const { request, address, at, presented, refusedBefore } = await askedOf(given, options);
  const leaf = leafOf(presented);
  const config = readFrontOf(options.front);
  const twin = leaf !== undefined && markerOf(leaf) === 'twin';
  const twins = twin ? await openTwins(config, options.front, Date.now) : undefined;
  const { registry: document } = twins?.config ?? config;
  const lists = readListFiles(options.front, config.registry);
  // only `dev` reads the blocks of the state folder, so only what it refused is judged by them
  const overlay = twin ? localOverlay(readLocalBlocks(options.front)) : emptyOverlay;
  const key = options.keyFile === undefined ? undefined : keyIn(readTextFile(options.keyFile, 'the key'));
  const registry = loadRegistry(document);
  const token = options.tokenFile === undefined ? undefined : readTextFile(options.tokenFile, 'the token').trim();
  return {
    presented,
    token: token === undefined ? undefined : await readToken(token, registry, at),
    leaf,
    request,
    address,
    key,
    at,
    document,
    registry,
    revocations:
      twins === undefined
        ? openFileRevocations(document, lists, at)
        : openDevRevocations(config.registry, lists, twins, () => at)(),
    listed: new Set(lists.keys()),
    twin,
    overlay,
    refusedBefore,
  };
}

/** The first line; with the name of the header in front, as `client key` prints it, too. */
function keyIn(text: string): string | undefined {
  return text
    .split(/\r?\n/)[0]
    ?.replace(/^X-Sallyport-Key:\s*/i, '')
    .trim();
}

/** The change in the files, read and decided again: by the twins' registry for what `dev` has made. */
async function proposed(question: Question, answer: Answer, front: string): Promise<Proposal | undefined> {
  if (answer.change === undefined) return undefined;
  const { twin } = question;
  return proposalOf(answer.change, front, question, async (config) =>
    twin ? (await openTwins(config, front, Date.now)).config.registry : config.registry,
  );
}

/** From a reference everything, unless an option says otherwise; from a file the certificate only. */
async function askedOf(
  given: string,
  options: WhyOptions,
): Promise<Pick<Question, 'presented' | 'request' | 'address' | 'at' | 'refusedBefore'>> {
  const { request, address, log } = options;
  if (address !== undefined && parseAddress(address) === undefined) {
    wrongUsage(`--address ${printable(address)} is not an IP address`, '--address 203.0.113.7');
  }
  const at = options.at === undefined ? undefined : parseTime(options.at);
  const reference = referenceIn(given);
  if (reference !== undefined) {
    const kept = readRefusal(reference, options.front, log, () => {
      const { id, aws } = readFrontOf(options.front);
      return { frontId: id, region: aws?.region };
    });
    const own = { method: kept.method, path: kept.path, target: kept.path };
    return {
      presented: kept.certificate === undefined ? [] : [kept.certificate],
      request: request === undefined ? own : parseRequestLine(request),
      address: address ?? kept.address,
      at: at ?? kept.at,
      refusedBefore: true,
    };
  }
  if (log !== undefined) wrongUsage('--log is for a reference', 'give the reference instead of a file');
  if (request === undefined) return wrongUsage('--request is missing', '--request "GET /orders"');
  const line = parseRequestLine(request); // before the file: what is typed wrong is said first
  const moment = at ?? Date.now();
  return {
    presented: await readPresented(given, options, moment),
    request: line,
    address,
    at: moment,
    refusedBefore: false,
  };
}

/** Undefined when it is malformed: then the decision says so, as it would to the partner. */
function leafOf([der]: readonly Uint8Array[]): Certificate | undefined {
  try {
    return der === undefined ? undefined : parseCertificate(der);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
