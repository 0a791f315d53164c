import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readPemBlocks } from '../../core/x509/pem.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { readBytesFile, readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';

/** A key as the files of a kit, both under one new password, which must travel by another way. */
interface KeyFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly password: string;
}

interface Held {
  readonly pkcs8: Uint8Array;
  /** The key's own first. */
  readonly certificates: readonly Uint8Array[];
}

/** Keys never come to lie where they could be committed or published. */
export function refuseInside(out: string, front: string): void {
  let folder = dirname(resolve(out));
  while (!existsSync(folder)) folder = dirname(folder);
  const place = join(realpathSync(folder), relative(folder, resolve(out)));
  const next = `--out with a folder elsewhere, for example --out ~/${basename(out)}`;
  const inFront = relative(realpathSync(resolve(front)), place);
  if (inFront !== '..' && !inFront.startsWith('../..')) {
    wrongUsage(`${printable(out)} is in the folder of the front: a key must not lie there`, next);
  }
  for (let each = dirname(place); ; each = dirname(each)) {
    if (existsSync(join(each, '.git')))
      wrongUsage(`${printable(out)} is in a git work tree: a key must not lie there`, next);
    if (each === dirname(each)) return;
  }
}

export async function keyFilesOf(file: string, passwordFile: string | undefined, client: string): Promise<KeyFiles> {
  const bytes = readBytesFile(file, 'the key');
  const given = passwordFile === undefined ? undefined : readTextFile(passwordFile, 'the password').split(/\r?\n/)[0];
  // Loaded here: it brings node-forge.
  const { encodePkcs12, openPkcs12 } = await import('../../partners/pkcs12.ts');
  const held =
    bytes[0] === 0x30
      ? fromPkcs12(openPkcs12(bytes, given === undefined ? {} : { password: given }))
      : fromPem(bytes.toString('latin1'), given);
  if (held === undefined)
    return cannotDecide(
      `${printable(file)} does not hold one key with its certificate`,
      `sallyport inspect ${printable(file)}`,
    );
  const password = randomBytes(18).toString('base64url');
  const spec = { ...held, password, friendlyName: client };
  return {
    files: new Map([
      ['client.p12', encodePkcs12(spec, 'modern')],
      ['client-legacy.p12', encodePkcs12(spec, 'legacy')],
    ]),
    password,
  };
}

function fromPkcs12({ keys, certificates }: import('../../partners/pkcs12.ts').Pkcs12): Held | undefined {
  const [key] = keys;
  if (key?.certificate === undefined || keys.length > 1) return undefined;
  const own = key.certificate;
  return {
    pkcs8: key.pkcs8,
    certificates: [own.der, ...certificates.filter((one) => one !== own).map(({ der }) => der)],
  };
}

function fromPem(text: string, passphrase: string | undefined): Held | undefined {
  const ders = readPemBlocks(text)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ der }) => der);
  try {
    const key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
    const own = ders.find((der) => new X509Certificate(der).checkPrivateKey(key));
    if (own === undefined) return undefined;
    return {
      pkcs8: key.export({ type: 'pkcs8', format: 'der' }),
      certificates: [own, ...ders.filter((der) => der !== own)],
    };
  } catch {
    return undefined; // no key, or another password
  }
}
