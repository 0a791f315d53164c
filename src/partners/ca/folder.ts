import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { refuse } from '../../core/problem.ts';
import { derFromPem, pemFromDer } from '../../core/x509/pem.ts';
import { type CaKey, type Issuer, keyAtHand, publicKeyOf } from './certificates.ts';
import type { Revoked } from './lists.ts';

/** The two CAs of a folder; their files are `root.pem`, `root.key.pem`, `root.crl`, `root.crl.pem`, … */
export type Role = 'root' | 'intermediate';

/** One line of `issued.ndjson`. Times are ISO 8601. */
export interface IssuedLine {
  readonly serial: string;
  readonly subject: string;
  readonly client: string;
  readonly notAfter: string;
}

/** Writes a whole CA folder (0700, files 0600) or nothing. ProblemError `ca_exists` when it is there. */
export function createCaFolder(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  if (existsSync(folder)) {
    refuse({
      code: 'ca_exists',
      message: 'there is a CA in this folder already',
      found: folder,
      remedy: '--keys OTHER-FOLDER',
    });
  }
  const beside = `${folder}.${randomUUID().slice(0, 8)}.new`;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  mkdirSync(beside, { mode: 0o700 });
  try {
    for (const [name, text] of files) writeFileSync(join(beside, name), text, { flag: 'wx', mode: 0o600 });
    renameSync(beside, folder);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}

/** Whole or not at all, and never over another file: a link, unlike a rename, fails where something is. */
export function writeNewFile(path: string, text: string): void {
  const beside = `${path}.${randomUUID().slice(0, 8)}.new`;
  writeFileSync(beside, text, { flag: 'wx' });
  try {
    linkSync(beside, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      refuse({ code: 'file_exists', message: 'this file is there already', found: path, remedy: 'give another name' });
    }
    throw error;
  } finally {
    rmSync(beside);
  }
}

/** PKCS#8, encrypted (PBES2 with AES-256). */
export function sealKey(key: KeyObject, passphrase: string): string {
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
}

/** What opens the keys of a folder. */
export interface KeyMeans {
  /** For keys in files. Asked when the first of them is opened. */
  passphrase(): string;
  /** For keys in KMS: `arn:aws:kms:…`. */
  openKms(arn: string): Promise<CaKey>;
}

/** ProblemError `ca_missing`, `ca_passphrase_wrong`, `ca_key_mismatch`. */
export async function openIssuer(folder: string, role: Role, means: KeyMeans): Promise<Issuer> {
  if (!hasKey(folder, role)) {
    refuse({
      code: 'ca_missing',
      message: `there is no key of a CA here`,
      found: fileOfKey(folder, role),
      remedy: 'sallyport ca init NAME, or --keys FOLDER',
    });
  }
  const certificate = derFromPem(readFileSync(join(folder, `${role}.pem`), 'utf8'));
  const key = existsSync(fileOfKey(folder, role))
    ? keyAtHand(openKey(fileOfKey(folder, role), means.passphrase()))
    : await means.openKms(readFileSync(fileOfArn(folder, role), 'utf8').trim());
  if (!key.publicKey.equals(publicKeyOf(certificate))) {
    refuse({
      code: 'ca_key_mismatch',
      message: `the key is not that of ${role}.pem beside it`,
      found: existsSync(fileOfKey(folder, role)) ? fileOfKey(folder, role) : fileOfArn(folder, role),
      remedy: 'put back the folder as it was when the CA was made',
    });
  }
  return { certificate, ...key };
}

const fileOfKey = (folder: string, role: Role) => join(folder, `${role}.key.pem`);
const fileOfArn = (folder: string, role: Role) => join(folder, `${role}.key.arn`);

function openKey(keyFile: string, passphrase: string): KeyObject {
  const key = readFileSync(keyFile);
  try {
    return createPrivateKey({ key, passphrase });
  } catch {
    return refuse({
      code: 'ca_passphrase_wrong',
      message: 'the passphrase does not open the key',
      found: keyFile,
      remedy: '--passphrase-file with the file that the CA was made with',
    });
  }
}

export function hasKey(folder: string, role: Role): boolean {
  return existsSync(fileOfKey(folder, role)) || existsSync(fileOfArn(folder, role));
}

/** DER of the list that lies there. */
export function lastList(folder: string, role: Role): Uint8Array | undefined {
  const path = join(folder, `${role}.crl`);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** Both forms, each whole. */
export function replaceList(folder: string, role: Role, der: Uint8Array): void {
  for (const [name, content] of listFiles(role, der)) replaceFile(join(folder, name), content);
}

/** The certificate of a CA by one with the same key and name. */
export function replaceCertificate(folder: string, role: Role, der: Uint8Array): void {
  replaceFile(join(folder, `${role}.pem`), pemFromDer(der));
}

function replaceFile(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function listFiles(role: Role, der: Uint8Array): readonly (readonly [string, string | Uint8Array])[] {
  return [
    [`${role}.crl.pem`, pemFromDer(der, 'X509 CRL')],
    [`${role}.crl`, der],
  ];
}

export function appendIssued(folder: string, line: IssuedLine): void {
  appendLine(join(folder, 'issued.ndjson'), line);
}

export function appendRevoked(folder: string, line: Revoked): void {
  appendLine(join(folder, 'revoked.ndjson'), line);
}

export function readIssued(folder: string): readonly IssuedLine[] {
  return readLines(join(folder, 'issued.ndjson')) as IssuedLine[];
}

export function readRevoked(folder: string): readonly Revoked[] {
  return readLines(join(folder, 'revoked.ndjson')) as Revoked[];
}

/** Behind a line that a crash has left unfinished a new one begins: only that one is lost, and reading says so. */
function appendLine(path: string, line: object): void {
  const torn = existsSync(path) && !/(?:^|\n)$/.test(readFileSync(path, 'utf8'));
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, `${torn ? '\n' : ''}${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readLines(path: string): unknown[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseLine(path, line));
}

/** A list without what a damaged line said would un-revoke a certificate. */
function parseLine(path: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return refuse({
      code: 'ca_record_damaged',
      message: 'a line of this file is no JSON',
      found: path,
      remedy:
        'take the line out, if a crash has cut it off and its certificate was never sent; else put the file back from your copy of the folder',
    });
  }
}

/** DER of a certificate of the folder, without its key. ProblemError `ca_missing`. */
export function certificateIn(folder: string, role: Role): Uint8Array {
  const path = join(folder, `${role}.pem`);
  if (existsSync(path)) return derFromPem(readFileSync(path, 'utf8'));
  return refuse({
    code: 'ca_missing',
    message: 'there is no CA here',
    found: path,
    remedy: 'sallyport ca init NAME, or --keys FOLDER',
  });
}
