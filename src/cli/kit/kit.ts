import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { FrontConfig } from '../../config/front.ts';
import { clientKeyHeader } from '../../core/client-key.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import type { Client, Registry } from '../../core/registry/registry.ts';
import { requestOf } from '../../core/registry/sample-request.ts';
import { pemFromDer, readPemBlocks } from '../../core/x509/pem.ts';
import { type KitSpec, kitFiles } from '../../partners/kit/kit.ts';
import { zipOf } from '../../partners/kit/zip.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf, readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { keyFilesOf, refuseInside } from './kit-key.ts';

interface KitOptions extends CommonOptions {
  readonly out?: string;
  readonly zip?: boolean;
  readonly serverChain?: string;
  readonly port: string;
  readonly withKey?: string;
  readonly passwordFile?: string;
}

export function addKitCommand(program: Command, context: CommandContext): Command {
  return program
    .command('kit')
    .description('What a partner needs to call this front: guides for its tools, checks, certificates. No key.')
    .argument('<client>', 'name of the client in the truststore')
    .option('--out <dir>', 'the new folder (default: kit-CLIENT)')
    .option('--zip', 'also write it as DIR.zip')
    .option('--server-chain <file>', "PEM of the authority of the server's certificate, when it is no public one")
    .option(
      '--with-key <file>',
      'put this key in, under a new password: PKCS#12, or PEM with its certificate; outside git',
    )
    .option('--password-file <file>', 'holds the password of that file, on its first line')
    .option('--port <port>', 'where the front listens', '443')
    .addHelpText(
      'before',
      examples([
        ['sallyport kit acme --zip', 'kit-acme/ and kit-acme.zip to send'],
        ['sallyport kit acme --server-chain ca.pem --out for-acme', 'the server has a certificate of a private CA'],
      ]),
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<KitOptions>();
      const out = options.out ?? `kit-${name}`;
      const spec = specOf(name, options);
      const archive = options.zip === true ? `${out.replace(/\/+$/, '')}.zip` : undefined;
      const secret = options.withKey === undefined ? undefined : `${out.replace(/\/+$/, '')}.password`;
      if (secret !== undefined) refuseInside(out, options.front);
      for (const target of [out, archive, secret]) {
        if (target !== undefined && existsSync(target))
          wrongUsage(`${printable(target)} exists`, 'give a new name with --out');
      }
      const held =
        options.withKey === undefined ? undefined : await keyFilesOf(options.withKey, options.passwordFile, name);
      const files = new Map([...kitFiles(spec), ...(held?.files ?? [])]);
      writeKit(files, out, archive, secret === undefined || held === undefined ? undefined : [secret, held.password]);
      if (options.json === true) {
        context.output.json({
          client: name,
          folder: out,
          zip: archive ?? null,
          password: secret ?? null,
          files: [...files.keys()],
        });
        return;
      }
      context.output.out(
        `written: ${printable(out)} (${files.size} files, ${held === undefined ? 'no' : 'a'} key among them)`,
      );
      if (archive !== undefined) context.output.out(`written: ${printable(archive)}`);
      if (secret !== undefined) {
        context.output.out(`written: ${printable(secret)} (the password: send it by another way)`);
      }
      context.output.out(`  → send it to ${printable(name)}; its first page is README.md`);
    });
}

function specOf(name: string, options: KitOptions): KitSpec {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    wrongUsage(`--port ${printable(options.port)} is no port`, '--port 443');
  }
  const config = readFrontOf(options.front);
  const registry = loadRegistry(config.registry);
  const client = registry.clients.get(name);
  if (client === undefined) {
    return wrongUsage(`there is no client ${printable(name)}`, `one of: ${[...registry.clients.keys()].join(', ')}`);
  }
  if (config.domain === undefined) {
    return cannotDecide('sallyport.yaml has no domain', 'domain: { name: api.example.com }');
  }
  const request = requestOf(client, registry);
  if (request === undefined) {
    return cannotDecide(`no route serves what ${name} may request`, 'compare its allow rules with the routes');
  }
  const serverChain = options.serverChain === undefined ? undefined : serverChainOf(options.serverChain);
  const tokens = tokensOf(client, registry);
  const sendsKey = client.require.some(({ any }) => any.some((condition) => 'keySha256' in condition));
  return {
    client: name,
    values: {
      host: config.domain.name,
      port,
      method: request.method,
      // So that no shell and no language of a recipe reads a character as its own.
      path: request.path.replace(
        /[^\w\-.~/%]/gu,
        (one) =>
          `%${Buffer.from(one)
            .toString('hex')
            .toUpperCase()
            .replace(/(..)(?=.)/g, '$1%')}`,
      ),
      certificate: 'client.pem',
      key: 'client.key',
      p12: 'client.p12',
      passwordFile: 'password.txt',
      ...(serverChain === undefined ? {} : { serverChain: 'server-chain.pem' }),
      ...(sendsKey ? { clientKey: clientKeyHeader } : {}),
      ...(tokens.length === 0 ? {} : { token: tokens[0]?.issuer ?? '' }),
    },
    support: supportOf(config),
    chain: chainOf(client, registry),
    tokens,
    sendsKey,
    ...(serverChain === undefined ? {} : { serverChain }),
  };
}

/** Of the client, and of routes, where a rule of the client may lead. */
function tokensOf({ require }: Client, { routes, tokenIssuers }: Registry): KitSpec['tokens'] {
  const asked = [...require, ...routes.flatMap((route) => route.require)]
    .flatMap(({ any }) => any)
    .flatMap((condition) => ('token' in condition ? [condition.token] : []));
  return [...tokenIssuers.values()].flatMap(({ name, issuer, audiences }) => {
    const scopes = asked.filter((token) => token.issuer === name).flatMap((token) => token.scopes);
    if (!asked.some((token) => token.issuer === name)) return [];
    return [{ issuer, audience: audiences[0] ?? '', scopes: [...new Set(scopes)] }];
  });
}

function supportOf({ support, label }: FrontConfig): string {
  return [support.email, support.url].filter((one) => one !== undefined).join(', ') || `the operator of ${label}`;
}

/** Only certificates: a file of the operator's may also hold the key. */
function serverChainOf(file: string): string {
  const blocks = readPemBlocks(readTextFile(file, "the server's chain")).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length > 0) return blocks.map(({ der }) => pemFromDer(der)).join('');
  return wrongUsage(`${printable(file)} holds no certificate`, 'give a PEM file (-----BEGIN CERTIFICATE-----)');
}

function chainOf(client: Client, registry: Registry): string {
  const names = new Set(
    client.identities.map((identity) => ('authority' in identity ? identity.authority : undefined)),
  );
  return [...registry.authorities.values()]
    .filter(({ name }) => names.has(name))
    .flatMap(({ certificates }) => certificates.map(({ der }) => pemFromDer(der)))
    .join('');
}

/** Beside its place first, so that nobody sends half a kit. */
function writeKit(
  files: ReadonlyMap<string, Uint8Array>,
  out: string,
  archive: string | undefined,
  secret: readonly [file: string, password: string] | undefined,
): void {
  const folder = resolve(out);
  const beside = `${folder}.${process.pid}.partial`;
  try {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(beside, name)), { recursive: true });
      writeFileSync(join(beside, name), bytes, { mode: modeOf(name) });
    }
    if (archive !== undefined) {
      writeFileSync(`${beside}.zip`, zipOf(files), { mode: 0o600 });
      renameSync(`${beside}.zip`, resolve(archive));
    }
    if (secret !== undefined) {
      writeFileSync(`${beside}.password`, `${secret[1]}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(`${beside}.password`, resolve(secret[0]));
    }
    renameSync(beside, folder);
  } catch (error) {
    for (const left of [beside, `${beside}.zip`, `${beside}.password`]) rmSync(left, { recursive: true, force: true });
    throw error;
  }
}

function modeOf(name: string): number {
  if (name.endsWith('.p12')) return 0o600;
  return name.endsWith('.sh') ? 0o755 : 0o644;
}
