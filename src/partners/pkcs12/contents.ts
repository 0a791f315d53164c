import { refuse } from '../../core/problem.ts';
import { type BerElement, readBer } from '../ber.ts';
import { type Encryption, oids } from './algorithms.ts';
import { type Decryption, type Rc2, readDecryption } from './decrypt.ts';
import { IterationBudget, type PasswordForm, passwordForms } from './derive.ts';
import { type Mac, readMac } from './mac.ts';

const code = 'pkcs12_malformed';
const maxOctets = 4 * 1024 * 1024;

interface Labelled {
  readonly friendlyName?: string;
  /** Hex: ties a key to its certificate. */
  readonly localKeyId?: string;
}
interface Pkcs12Key extends Labelled {
  /** PrivateKeyInfo, DER. */
  readonly pkcs8: Uint8Array;
}
export interface Pkcs12Certificate extends Labelled {
  readonly der: Uint8Array;
}

/** What a PKCS#12 file says of itself without its password. */
export interface Pkcs12Protection {
  readonly mac?: { readonly name: string; readonly iterations: number };
  /** Of its certificates and of its keys, in file order; empty where something lies open. */
  readonly encryptions: readonly Encryption[];
}

export interface Pkcs12Contents {
  readonly keys: readonly Pkcs12Key[];
  readonly certificates: readonly Pkcs12Certificate[];
  readonly protection: Pkcs12Protection;
}

interface Pfx {
  readonly authenticatedSafe: Uint8Array;
  readonly parts: readonly BerElement[];
  readonly mac: Mac | undefined;
}

/** PFX of RFC 7292 §4 in password privacy and integrity mode, in DER or BER. */
function readPfx(bytes: Uint8Array): Pfx {
  if (bytes.length > maxOctets) refuse({ code, message: `a file of more than ${maxOctets} bytes` });
  const pfx = readBer(bytes, code);
  if (pfx.tag !== 0x30 || pfx.child(0, 0x02, 'the version').number('the version') !== 3) pfx.fail('no PKCS#12 file');
  const authSafe = pfx.child(1, 0x30, 'the contents');
  const type = authSafe.child(0, 0x06, 'the type of the contents').oid('the type of the contents');
  if (type !== oids.data) {
    authSafe.fail(type === oids.signedData ? 'signed with a key instead of a password' : `contents of type ${type}`);
  }
  const authenticatedSafe = contentOf(authSafe).octets();
  const macData = pfx.children[2];
  return {
    authenticatedSafe,
    parts: readBer(authenticatedSafe, code).children,
    mac: macData === undefined ? undefined : readMac(macData),
  };
}

/** The one element under the [0] of a ContentInfo. */
function contentOf(info: BerElement): BerElement {
  return info.child(1, 0xa0, 'the content').children[0] ?? info.fail('a content that is empty');
}

interface Sealed {
  readonly decryption: Decryption;
  readonly data: Uint8Array;
}

/** EncryptedData, RFC 5652 §8. */
function sealedPart(part: BerElement): Sealed {
  const info = contentOf(part).child(1, 0x30, 'encrypted contents');
  const decryption = readDecryption(info.child(1, 0x30, 'an encryption algorithm'));
  const data = info.children[2]?.octets(0x80) ?? info.fail('encrypted contents without contents');
  return { decryption, data };
}

/** What the file says without a password. ProblemError `pkcs12_malformed` on anything that is no such file. */
export function describePkcs12(bytes: Uint8Array): Pkcs12Protection {
  const { parts, mac } = readPfx(bytes);
  return protectionOf(parts, mac);
}

function protectionOf(parts: readonly BerElement[], mac: Mac | undefined): Pkcs12Protection {
  const encryptions: Encryption[] = [];
  for (const part of parts) {
    const type = part.child(0, 0x06, 'the type of a part').oid('the type of a part');
    if (type === oids.encryptedData) encryptions.push(sealedPart(part).decryption.encryption);
    else if (type === oids.data) {
      for (const bag of readBer(contentOf(part).octets(), code).children) {
        const { kind, value } = bagOf(bag);
        if (kind === oids.shroudedKeyBag) encryptions.push(sealedKey(value).decryption.encryption);
      }
    }
  }
  return { mac: mac === undefined ? undefined : { name: mac.name, iterations: mac.iterations }, encryptions };
}

function bagOf(bag: BerElement): { kind: string; value: BerElement; labels: Labelled } {
  const kind = bag.child(0, 0x06, 'the type of a bag').oid('the type of a bag');
  const value = bag.child(1, 0xa0, 'the value of a bag').children[0] ?? bag.fail('a bag without a value');
  const labels: { friendlyName?: string; localKeyId?: string } = {};
  for (const attribute of bag.children[2]?.children ?? []) {
    const type = attribute.child(0, 0x06, 'an attribute').oid('an attribute');
    const first = attribute.child(1, 0x31, 'the values of an attribute').children[0];
    if (first === undefined) continue;
    if (type === oids.friendlyName && first.tag === 0x1e) {
      labels.friendlyName = Buffer.from(first.content.subarray(0, first.content.length & ~1))
        .swap16()
        .toString('utf16le');
    }
    if (type === oids.localKeyId && (first.tag & ~0x20) === 0x04) {
      labels.localKeyId = Buffer.from(first.octets()).toString('hex');
    }
  }
  return { kind, value, labels };
}

/** EncryptedPrivateKeyInfo, RFC 5958 §3. */
function sealedKey(value: BerElement): Sealed {
  const decryption = readDecryption(value.child(0, 0x30, 'an encryption algorithm'));
  return { decryption, data: value.children[1]?.octets() ?? value.fail('an encrypted key without its octets') };
}

/**
 * Everything in the file. ProblemError: `pkcs12_malformed`, `pkcs12_password`, `pkcs12_unsupported` (an encryption that
 * nobody here reads), `pkcs12_too_slow`. `password` undefined is no password, which a file may be made with.
 */
export function readContents(
  bytes: Uint8Array,
  password: string | undefined,
  means: { readonly maxIterations: number; readonly rc2: Rc2 },
): Pkcs12Contents {
  const { authenticatedSafe, parts, mac } = readPfx(bytes);
  const budget = new IterationBudget(means.maxIterations);
  const forms = passwordForms(password);
  const proven = mac === undefined ? forms : forms.filter((form) => mac.fits(form, budget, authenticatedSafe));
  if (proven.length === 0) wrongPassword();
  let opened: Opened | undefined;
  // Some tools make the MAC from one form of the empty password and the keys from the other.
  for (const form of new Set([...proven, ...forms])) opened ??= openParts(parts, { form, budget, rc2: means.rc2 });
  if (opened === undefined) return wrongPassword();
  return { ...opened, protection: protectionOf(parts, mac) };
}

function wrongPassword(): never {
  return refuse({
    code: 'pkcs12_password',
    message: 'the password does not open this file',
    remedy: 'passwords differ in case and in white space at the end; a file read from disk often ends in a line feed',
  });
}

interface Opened {
  readonly keys: Pkcs12Key[];
  readonly certificates: Pkcs12Certificate[];
}
interface Opening {
  readonly form: PasswordForm;
  readonly budget: IterationBudget;
  readonly rc2: Rc2;
}

/** Undefined when the password is not the one for some part. */
function openParts(parts: readonly BerElement[], how: Opening): Opened | undefined {
  const opened: Opened = { keys: [], certificates: [] };
  for (const part of parts) {
    const type = part.child(0, 0x06, 'the type of a part').oid('the type of a part');
    if (type !== oids.data && type !== oids.encryptedData) part.fail(`a part of type ${type}`);
    const contents = type === oids.data ? contentOf(part).octets() : unseal(sealedPart(part), how);
    if (contents === undefined) return undefined;
    if (!openBags(readBer(contents, code).children, how, opened, 0)) return undefined;
  }
  return opened;
}

function unseal({ decryption, data }: Sealed, { form, budget, rc2 }: Opening): Uint8Array | undefined {
  const contents = decryption.decrypt(form, budget, data, rc2);
  // A wrong key now and then leaves padding that looks right; what is inside is then no SEQUENCE.
  return contents?.[0] === 0x30 ? contents : undefined;
}

function openBags(bags: readonly BerElement[], how: Opening, opened: Opened, depth: number): boolean {
  for (const bag of bags) {
    const { kind, value, labels } = bagOf(bag);
    if (kind === oids.keyBag) opened.keys.push({ ...labels, pkcs8: value.whole });
    else if (kind === oids.shroudedKeyBag) {
      const pkcs8 = unseal(sealedKey(value), how);
      if (pkcs8 === undefined) return false;
      opened.keys.push({ ...labels, pkcs8 });
    } else if (kind === oids.certBag) {
      if (value.child(0, 0x06, 'the type of a certificate').oid('the type of a certificate') !== oids.x509Certificate)
        continue;
      opened.certificates.push({ ...labels, der: contentOf(value).octets() });
    } else if (kind === oids.safeContentsBag) {
      if (depth > 8) bag.fail('bags nested too deeply');
      if (!openBags(value.children, how, opened, depth + 1)) return false;
    }
  }
  return true;
}
