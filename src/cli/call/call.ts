import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Command } from 'commander';
import type { Problem } from '../../core/problem.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { formatName } from '../../core/x509/name.ts';
import { readPemBlocks } from '../../core/x509/pem.ts';
import { readDevState } from '../../local/dev/state.ts';
import { STATE_FOLDER } from '../../local/state-folder.ts';
import { type Exchange, type RequestSpec, sendRequest } from '../../local/tls-request.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { type Output, printable } from '../terminal/output.ts';
import { parseRequestLine } from '../terminal/request-line.ts';
import { meaningOf } from './answer-meaning.ts';

interface CallOptions extends CommonOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly as?: string;
  readonly url?: string;
  readonly cacert?: string;
  readonly connectTo?: string;
  readonly header: readonly string[];
  readonly data?: string;
}

const collect = (value: string, before: readonly string[]) => [...before, value];

export function addCallCommand(program: Command, context: CommandContext): Command {
  return program
    .command('call')
    .description('Make one request with a client certificate and print every step.')
    .argument('<request>', 'METHOD /path, for example "GET /orders"')
    .option(
      '--as <client>',
      'use the made-up certificate (and token) of this client, against the `sallyport dev` of --front',
    )
    .option('--cert <file>', 'client certificate, PEM: the leaf first, intermediates behind it')
    .option('--key <file>', 'its private key, PEM')
    .option('--url <origin>', 'https://name[:port] (default: the running `sallyport dev`)')
    .option('--cacert <file>', 'PEM of the CA that signed the server (default: public CAs, or that of dev)')
    .option('--connect-to <host:port>', 'connect there, whatever the name in --url resolves to')
    .option('-H, --header <line>', '"Name: value", repeatable', collect, [])
    .option('-d, --data <text>', 'request body; @FILE reads it from a file')
    .addHelpText(
      'before',
      examples([
        ['sallyport call "GET /orders" --as acme', 'to the running `sallyport dev`'],
        [
          'sallyport call "GET /orders" --cert acme.pem --key acme.key --url https://api.example.com',
          'to the real front',
        ],
        ['sallyport call "POST /orders" --as acme -d @order.json -H "Content-Type: application/json"', 'with a body'],
      ]),
    )
    .action(async (line: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CallOptions>();
      const spec = specOf(line, options);
      const exchange = await send(spec);
      const meaning = meaningOf(exchange);
      if (options.json === true) context.output.json(documentOf(spec, exchange, meaning));
      else print(spec, exchange, meaning, context.output);
      context.end(meaning.exitCode);
    });
}

async function send(spec: RequestSpec): Promise<Exchange> {
  try {
    return await sendRequest(spec);
  } catch (error) {
    if (error instanceof TypeError) return wrongUsage(`cannot be sent: ${error.message}`, 'sallyport call --help');
    throw error;
  }
}

function specOf(line: string, options: CallOptions): RequestSpec {
  const { method, target } = parseRequestLine(line);
  if (options.as !== undefined && (options.cert ?? options.key) !== undefined) {
    wrongUsage('--as brings its own certificate: give either --as or --cert and --key', 'sallyport call --help');
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    wrongUsage('--cert and --key belong together', 'sallyport call "GET /orders" --cert acme.pem --key acme.key');
  }
  const where = serverOf(options);
  const identity = identityOf(options);
  return {
    ...where,
    ...identity,
    method,
    target,
    headers: headersOf(options),
    ...(options.data === undefined ? {} : { body: bodyOf(options.data) }),
    timeoutMilliseconds: 30_000,
  };
}

type Server = Pick<RequestSpec, 'host' | 'port' | 'serverName' | 'authorities'>;

function serverOf(options: CallOptions): Server {
  const dev = readDevState(options.front);
  if (options.url === undefined && dev === undefined) {
    wrongUsage(
      'no --url given, and no `sallyport dev` has run here',
      `sallyport --front ${options.front} dev   (or: --url https://NAME)`,
    );
  }
  const url = options.url === undefined ? undefined : parseOrigin(options.url);
  const name = url?.hostname.replace(/^\[|\]$/g, '') ?? dev?.domain ?? '';
  const toDev = url === undefined || (options.as !== undefined && name === dev?.domain);
  const authorities =
    options.cacert !== undefined
      ? readTextFile(options.cacert, 'the CA of the server')
      : toDev && dev !== undefined
        ? readTextFile(join(options.front, STATE_FOLDER, dev.serverAuthority), 'the CA of the local front')
        : undefined;
  const [host, port] =
    options.connectTo !== undefined
      ? parseHostPort(options.connectTo)
      : toDev && dev !== undefined
        ? [dev.address, dev.port]
        : [name, url?.port === undefined || url.port === '' ? 443 : Number(url.port)];
  return { host, port, serverName: name, ...(authorities === undefined ? {} : { authorities }) };
}

function identityOf(options: CallOptions): { certificate: string; key: string } | Record<string, never> {
  const { cert, key } = options.as === undefined ? options : twinFiles(options.front, options.as);
  if (cert === undefined || key === undefined) return {};
  const identity = { certificate: readTextFile(cert, 'the certificate'), key: readTextFile(key, 'the key') };
  if (readPemBlocks(identity.certificate).every(({ label }) => label !== 'CERTIFICATE')) {
    wrongUsage(`${cert} holds no certificate`, 'give a PEM file: -----BEGIN CERTIFICATE-----');
  }
  try {
    createSecureContext({ cert: identity.certificate, key: identity.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    wrongUsage(
      `${cert} and ${key} do not go together: ${reason}`,
      /mismatch/i.test(reason)
        ? 'give the key that belongs to the first certificate of the file'
        : 'the key must be unencrypted PEM: openssl pkey -in KEY -out plain.key',
    );
  }
  return identity;
}

function twinFiles(front: string, client: string): { cert: string; key: string } {
  const dev = readDevState(front);
  if (dev === undefined) {
    return wrongUsage(
      '--as uses the certificates that `sallyport dev` makes, and none has run here',
      `sallyport --front ${front} dev`,
    );
  }
  const files = Object.hasOwn(dev.clients, client) ? dev.clients[client] : undefined;
  if (files === undefined) {
    const known = Object.keys(dev.clients);
    return wrongUsage(`no client ${printable(client)} in the front`, `known: ${known.slice(0, 20).join(', ')}`);
  }
  return { cert: join(front, STATE_FOLDER, files.certificate), key: join(front, STATE_FOLDER, files.key) };
}

function parseOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    return wrongUsage(
      `--url ${printable(text)} is not an origin`,
      '--url https://api.example.com   (the path goes into the request)',
    );
  }
  return url;
}

function parseHostPort(text: string): [string, number] {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    return wrongUsage(`--connect-to ${printable(text)} is not HOST:PORT`, '--connect-to 127.0.0.1:8443');
  }
  return [match[1] ?? match[2] ?? '', port];
}

/** With --as a client's token goes along, if it has one and no other is given. */
function headersOf({ header, front, as }: CallOptions): readonly (readonly [string, string])[] {
  const given = header.map(parseHeader);
  const [token] = as === undefined ? [] : Object.values(readDevState(front)?.clients[as]?.tokens ?? {});
  if (token === undefined || given.some(([name]) => name.toLowerCase() === 'authorization')) return given;
  const text = readTextFile(join(front, STATE_FOLDER, token), 'the token').trim();
  return [...given, ['Authorization', `Bearer ${text}`]];
}

function parseHeader(text: string): [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(text);
  if (match === null) return wrongUsage(`-H ${printable(text)} is not a header`, '-H "Name: value"');
  return [match[1] ?? '', match[2] ?? ''];
}

function bodyOf(data: string): Uint8Array {
  if (!data.startsWith('@')) return Buffer.from(data);
  const path = data.slice(1);
  if (!existsSync(path)) return wrongUsage(`no file ${path}`, '-d @FILE reads the body from a file');
  return readFileSync(path);
}

function sentLeaf(spec: RequestSpec): Certificate | Problem | undefined {
  const [leaf] = spec.certificate === undefined ? [] : readPemBlocks(spec.certificate);
  if (leaf === undefined) return undefined;
  try {
    return parseCertificate(leaf.der);
  } catch {
    return { code: 'certificate_malformed', message: 'not a certificate that we can read (it was sent as it is)' };
  }
}

const isoDay = (at: number) => new Date(at).toISOString().replace(/\.000Z$/, 'Z');

function describe(certificate: Certificate): Record<string, string> {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    notAfter: isoDay(certificate.notAfter),
    sha256: certificate.sha256,
  };
}

function serverCertificateOf(exchange: Exchange): Certificate | undefined {
  if (exchange.tls?.server === undefined) return undefined;
  try {
    return parseCertificate(exchange.tls.server);
  } catch {
    return undefined;
  }
}

type Meaning = ReturnType<typeof meaningOf>;

function print(spec: RequestSpec, exchange: Exchange, meaning: Meaning, output: Output): void {
  const { milliseconds, tls, answer, failure } = exchange;
  const line = (name: string, text: string, time?: number) =>
    output.out(
      `${output.faint(name.padEnd(12))}${text}${time === undefined ? '' : output.faint(`   ${time.toFixed(1)} ms`)}`,
    );
  if (exchange.address !== undefined) line('resolve', `${spec.host} → ${exchange.address}`, milliseconds.resolve);
  if (milliseconds.connect !== undefined && failure?.step !== 'connect') {
    line('connect', `port ${spec.port}`, milliseconds.connect);
  }
  if (tls !== undefined) {
    line('TLS', `${tls.protocol} ${tls.cipher}`, milliseconds.tls);
    const server = serverCertificateOf(exchange);
    if (server !== undefined) line('server', `${formatName(server.subject)}, until ${isoDay(server.notAfter)}`);
  }
  const leaf = sentLeaf(spec);
  if (leaf === undefined) line('sent', 'no certificate');
  else if ('code' in leaf) line('sent', leaf.message);
  else {
    const { subject, issuer, notAfter, sha256 } = describe(leaf);
    line('sent', `${subject}`);
    line('', `issued by ${issuer}, until ${notAfter}`);
    line('', `sha256 ${sha256}`);
  }
  line('request', `${spec.method} ${printable(spec.target)}`, milliseconds.request);
  if (failure !== undefined) line('failed', `${failure.step}: ${printable(failure.message)} (${failure.code})`);
  if (answer !== undefined) {
    line('status', (meaning.exitCode === 0 ? output.good : output.bad)(String(answer.status)));
    line('reference', printable(meaning.reference ?? 'none'));
  }
  line('meaning', meaning.text);
  for (const next of meaning.next) line('', `→ ${next}`);
  if (answer !== undefined && answer.body.length > 0) {
    output.out('');
    output.out(bodyText(answer.body));
  }
}

function bodyText(body: Buffer): string {
  const shown = body.subarray(0, 4096).toString('utf8');
  const text =
    shown.includes('\u0000') || shown.includes('\ufffd') ? `(${body.length} bytes, not text)` : shown.trimEnd();
  return printable(text, true) + (body.length > 4096 ? `\n… ${body.length} bytes in all` : '');
}

function documentOf(spec: RequestSpec, exchange: Exchange, meaning: Meaning): Record<string, unknown> {
  const leaf = sentLeaf(spec);
  const server = serverCertificateOf(exchange);
  return {
    request: {
      method: spec.method,
      target: spec.target,
      host: spec.host,
      port: spec.port,
      serverName: spec.serverName,
    },
    address: exchange.address,
    milliseconds: exchange.milliseconds,
    tls: exchange.tls === undefined ? undefined : { protocol: exchange.tls.protocol, cipher: exchange.tls.cipher },
    server: server === undefined ? undefined : describe(server),
    sent: leaf === undefined || 'code' in leaf ? (leaf ?? null) : describe(leaf),
    failure: exchange.failure,
    status: exchange.answer?.status,
    reference: meaning.reference,
    reason: meaning.reason,
    meaning: meaning.text,
    next: meaning.next,
    headers: exchange.answer?.headers,
    body: exchange.answer === undefined ? undefined : bodyText(exchange.answer.body),
  };
}
