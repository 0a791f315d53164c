import type { Command } from 'commander';
import { parseAddress } from '../core/decide/address.ts';
import { type Decision, decide } from '../core/decide/decide.ts';
import { emptyOverlay, type Overlay } from '../core/decide/overlay.ts';
import { type Reason, reasonOf } from '../core/decide/reasons.ts';
import { admits, type EdgeVerdict } from '../core/edge/admits.ts';
import type { Place } from '../core/problem.ts';
import { ProblemError } from '../core/problem.ts';
import type { RegistryDocument } from '../core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../core/registry/load.ts';
import type { Client, Registry } from '../core/registry/registry.ts';
import type { Edit } from '../core/why/edits.ts';
import { smallestChange } from '../core/why/smallest-change.ts';
import { type Certificate, parseCertificate } from '../core/x509/certificate.ts';
import { markerOf } from '../core/x509/marker.ts';
import { formatName } from '../core/x509/name.ts';
import { readLocalOverlay } from '../local/dev/overlay.ts';
import { openTwins } from '../local/twins/open.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { exitCodes, wrongUsage } from './terminal/failure.ts';
import { readFrontOf } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';
import type { PasswordOptions } from './terminal/password.ts';
import { parseRequestLine, type RequestLine } from './terminal/request-line.ts';
import { parseTime } from './terminal/time.ts';
import { readPresented } from './why/presented.ts';
import { readRefusal, referenceIn } from './why/refusal.ts';

interface WhyOptions extends CommonOptions, PasswordOptions {
  readonly request?: string;
  readonly address?: string;
  readonly at?: string;
  readonly log?: string;
}

export function addWhyCommand(program: Command, context: CommandContext): Command {
  return program
    .command('why')
    .description('May the holder of this certificate make this request? Every reason, with its remedy.')
    .argument(
      '<cert>',
      'PEM (the leaf first, then what else is sent), DER or PKCS#12, without key; or the reference of a refusal',
    )
    .option('--request <request>', 'METHOD /path, for example "GET /orders"; a reference brings its own')
    .option('--log <file>', 'where to look a reference up: log lines of refusals (default: those of `dev` here)')
    .option('--address <ip>', 'the address that the request comes from (default: one of those the client may use)')
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
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
        ['sallyport why 7k2m9q4x0c8w1r5t3v6z --log refusals.ndjson', 'what a front on AWS refused'],
      ]),
    )
    .action(async (file: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<WhyOptions>();
      const question = await questionOf(file, options);
      const answer = answerTo(question);
      if (options.json === true) context.output.json(documentOf(question, answer));
      else print(question, answer, context.output);
      context.end(answer.allowed ? exitCodes.done : exitCodes.no);
    });
}

interface Question {
  readonly presented: readonly Uint8Array[];
  readonly leaf: Certificate | undefined;
  readonly request: RequestLine;
  readonly address: string | undefined;
  readonly at: number;
  readonly document: RegistryDocument;
  readonly registry: Registry;
  /** The certificate was made by `dev`, so it is judged by the twins of the authorities. */
  readonly twin: boolean;
  readonly overlay: Overlay;
}

interface Answer {
  readonly allowed: boolean;
  readonly edge: EdgeVerdict;
  readonly decision: Decision;
  readonly address: string;
  /** Edits of the registry that would allow it; absent when none would, or when the edge refuses anyway. */
  readonly change?: readonly Edit[];
}

async function questionOf(given: string, options: WhyOptions): Promise<Question> {
  const { request, address, at, presented } = await askedOf(given, options);
  const leaf = leafOf(presented);
  const config = readFrontOf(options.front);
  const twin = leaf !== undefined && markerOf(leaf) === 'twin';
  const { registry: document } = twin ? (await openTwins(config, options.front, Date.now)).config : config;
  // only `dev` reads the blocks of the state folder, so only what it refused is judged by them
  const overlay = twin ? readLocalOverlay(options.front, 1) : emptyOverlay;
  return { presented, leaf, request, address, at, document, registry: loadRegistry(document), twin, overlay };
}

/** From a reference everything, unless an option says otherwise; from a file the certificate only. */
async function askedOf(
  given: string,
  options: WhyOptions,
): Promise<Pick<Question, 'presented' | 'request' | 'address' | 'at'>> {
  const { request, address, log } = options;
  if (address !== undefined && parseAddress(address) === undefined) {
    wrongUsage(`--address ${printable(address)} is not an IP address`, '--address 203.0.113.7');
  }
  const at = options.at === undefined ? undefined : parseTime(options.at);
  const reference = referenceIn(given);
  if (reference !== undefined) {
    const kept = readRefusal(reference, options.front, log);
    const own = { method: kept.method, path: kept.path, target: kept.path };
    return {
      presented: kept.certificate === undefined ? [] : [kept.certificate],
      request: request === undefined ? own : parseRequestLine(request),
      address: address ?? kept.address,
      at: at ?? kept.at,
    };
  }
  if (log !== undefined) wrongUsage('--log is for a reference', 'give the reference instead of a file');
  if (request === undefined) return wrongUsage('--request is missing', '--request "GET /orders"');
  const line = parseRequestLine(request); // before the file: what is typed wrong is said first
  return { presented: await readPresented(given, options), request: line, address, at: at ?? Date.now() };
}

function answerTo(question: Question): Answer {
  const { presented, document, registry, at, request } = question;
  const edge = admits(truststoreOf(registry), presented, at);
  const asked = (address: string) => ({
    certificate: presented[0],
    request: { method: request.method, path: request.path, address },
    overlay: question.overlay,
    now: at,
  });
  const decideFrom = (address: string) => decide({ ...asked(address), registry });
  const first = decideFrom(question.address ?? '127.0.0.1');
  // without --address the question is about everything else: judge from an address that the client may use
  const address = question.address ?? usualAddressOf(first.client);
  const decision = address === '127.0.0.1' && question.address === undefined ? first : decideFrom(address);
  const change = edge.admitted ? smallestChange({ ...asked(address), document }) : undefined;
  return { allowed: edge.admitted && decision.outcome === 'allow', edge, decision, address, change };
}

function usualAddressOf(client: Client | undefined): string {
  const [range] = client?.addresses ?? [];
  return range === undefined ? '127.0.0.1' : range.text.replace(/\/\d+$/, '');
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

const isoTime = (at: number) => new Date(at).toISOString().replace(/\.000Z$/, 'Z');
const placeText = (at: Place | undefined) =>
  at?.file === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}`;

function print(question: Question, { edge, decision, address, allowed, change }: Answer, output: Output): void {
  const { leaf, request, registry } = question;
  const line = (name: string, text: string) => output.out(`${output.faint(name.padEnd(12))}${text}`);
  if (leaf !== undefined) {
    line('certificate', formatName(leaf.subject));
    line('', `issued by ${formatName(leaf.issuer)}, ${isoTime(leaf.notBefore)} to ${isoTime(leaf.notAfter)}`);
    line('', `sha256 ${leaf.sha256}`);
  }
  if (question.twin) line('', 'made by `sallyport dev`: judged by its made-up authorities, not by the real ones');
  const assumed = question.address === undefined ? ' (assumed: no --address given)' : '';
  line('request', `${request.method} ${printable(request.path)} from ${address}${assumed} at ${isoTime(question.at)}`);
  if (request.path !== request.target) line('', 'the query is not part of any rule and was left out');
  line('edge', edge.admitted ? output.good('lets it in') : `${output.bad('refuses')}: ${edge.message}`);
  if (!edge.admitted) line('', `${edge.code}: ${printable(edge.detail)}`);
  if (decision.outcome === 'allow') {
    line(
      'decision',
      `${output.good('allow')}: client ${decision.client.name}, ${decision.rule.pattern.text} (${placeText(decision.rule.at)})`,
    );
    line(
      'route',
      `${decision.route.pattern.text} → connection ${decision.route.connection} (${placeText(decision.route.at)})`,
    );
  } else {
    const who = decision.client === undefined ? 'no client' : `client ${decision.client.name}`;
    line(
      'decision',
      `${output.bad('deny')}: ${who}, ${decision.reasons.length} ${decision.reasons.length === 1 ? 'reason' : 'reasons'}`,
    );
    for (const reason of decision.reasons) printReason(reason, output);
    change?.forEach(({ text, at }, index) => {
      line(index === 0 ? 'change' : '', `${printable(text)} (${placeText(at)})`);
    });
    if (change !== undefined) line('', 'would allow it, if that is what you want: decided again with the change');
    line(
      'caller',
      decision.disclosed === undefined ? 'is told nothing but a reference' : `is told ${decision.disclosed}`,
    );
  }
  if (!allowed && decision.outcome === 'allow') line('', 'the decision is never asked for: the edge refuses first');
  line('registry', registry.id.slice(0, 16));
}

function printReason(reason: Reason, output: Output): void {
  const { message, remedy } = reasonOf(reason.code);
  output.out(`  ${output.strong(reason.code)}: ${message}`);
  if (reason.found !== undefined) output.out(`    found    ${printable(reason.found)}`);
  if (reason.expected !== undefined) output.out(`    expected ${printable(reason.expected)}`);
  if (placeText(reason.at) !== '') output.out(`    see      ${placeText(reason.at)}`);
  output.out(`    → ${remedy}`);
}

function documentOf(question: Question, { edge, decision, address, allowed, change }: Answer): Record<string, unknown> {
  const { leaf, request } = question;
  return {
    allowed,
    certificate:
      leaf === undefined
        ? null
        : {
            subject: formatName(leaf.subject),
            issuer: formatName(leaf.issuer),
            serial: leaf.serial,
            notBefore: isoTime(leaf.notBefore),
            notAfter: isoTime(leaf.notAfter),
            sha256: leaf.sha256,
            twin: question.twin,
          },
    request: { method: request.method, path: request.path, address, addressAssumed: question.address === undefined },
    at: isoTime(question.at),
    registry: question.registry.id,
    edge,
    change: change?.map(({ text, at }) => ({ text, at })),
    decision:
      decision.outcome === 'allow'
        ? {
            outcome: 'allow',
            client: decision.client.name,
            authority: decision.authority,
            rule: { id: decision.rule.id, pattern: decision.rule.pattern.text, at: decision.rule.at },
            route: { id: decision.route.id, pattern: decision.route.pattern.text, at: decision.route.at },
            connection: decision.route.connection,
          }
        : {
            outcome: 'deny',
            client: decision.client?.name,
            authority: decision.authority,
            disclosed: decision.disclosed,
            reasons: decision.reasons.map((reason) => {
              const { message, remedy } = reasonOf(reason.code);
              return { ...reason, message, remedy };
            }),
          },
  };
}
