import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readPemBlocks } from '../../core/x509/pem.ts';
import { readDevState } from '../../local/dev/state.ts';
import { STATE_FOLDER } from '../../local/state-folder.ts';
import type { RequestSpec } from '../../local/tls-request.ts';
import type { CommonOptions } from '../terminal/command.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { parseRequestLine } from '../terminal/request-line.ts';

export interface CallOptions extends CommonOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly as?: string;
  readonly url?: string;
  readonly cacert?: string;
  readonly connectTo?: string;
  readonly header: readonly string[];
  readonly data?: string;
}

export function specOf(line: string, options: CallOptions): RequestSpec {
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
