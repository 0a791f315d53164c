import { type DerCursor, tag } from '../der.ts';
import { oid, readOid } from '../oid.ts';

export interface PublicKeyInfo {
  readonly algorithm: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'dsa' | 'other';
  readonly oid: string;
  /** Length of the RSA modulus. */
  readonly bits?: number;
  /** `P-256`, `P-384`, `P-521`, or the dotted OID of another named curve. */
  readonly curve?: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export interface SignatureAlgorithm {
  readonly name: 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519' | 'ed448' | 'other';
  readonly hash?: HashName;
  readonly oid: string;
  /** RSASSA-PSS only, octets. */
  readonly saltLength?: number;
}

interface KnownSignature {
  readonly algorithm: SignatureAlgorithm;
  readonly parameters: 'none' | 'null';
}

const signatureAlgorithms: ReadonlyMap<string, KnownSignature> = new Map(
  (
    [
      [oid.md5WithRsa, 'rsa-pkcs1', 'md5', 'null'],
      [oid.sha1WithRsa, 'rsa-pkcs1', 'sha1', 'null'],
      [oid.sha224WithRsa, 'rsa-pkcs1', 'sha224', 'null'],
      [oid.sha256WithRsa, 'rsa-pkcs1', 'sha256', 'null'],
      [oid.sha384WithRsa, 'rsa-pkcs1', 'sha384', 'null'],
      [oid.sha512WithRsa, 'rsa-pkcs1', 'sha512', 'null'],
      [oid.ecdsaWithSha1, 'ecdsa', 'sha1', 'none'],
      [oid.ecdsaWithSha224, 'ecdsa', 'sha224', 'none'],
      [oid.ecdsaWithSha256, 'ecdsa', 'sha256', 'none'],
      [oid.ecdsaWithSha384, 'ecdsa', 'sha384', 'none'],
      [oid.ecdsaWithSha512, 'ecdsa', 'sha512', 'none'],
      [oid.ed25519, 'ed25519', undefined, 'none'],
      [oid.ed448, 'ed448', undefined, 'none'],
    ] as const
  ).map(([dotted, name, hash, parameters]) => [dotted, { algorithm: { name, hash, oid: dotted }, parameters }]),
);

const hashes: Readonly<Record<string, HashName>> = {
  [oid.sha1]: 'sha1',
  [oid.sha224]: 'sha224',
  [oid.sha256]: 'sha256',
  [oid.sha384]: 'sha384',
  [oid.sha512]: 'sha512',
};

/** Reads an AlgorithmIdentifier as a signature algorithm. One that we do not know is `other`, which nothing verifies. */
export function readSignatureAlgorithm(cursor: DerCursor): SignatureAlgorithm {
  const outer = cursor.enter(tag.sequence, 'the signature algorithm');
  const dotted = readOid(cursor, 'the signature algorithm');
  const known = signatureAlgorithms.get(dotted);
  let algorithm: SignatureAlgorithm;
  if (known !== undefined) {
    readParameters(cursor, known);
    algorithm = known.algorithm;
  } else if (dotted === oid.rsaPss) {
    algorithm = readPss(cursor);
  } else {
    if (cursor.more) cursor.skipStrictly();
    algorithm = { name: 'other', oid: dotted };
  }
  cursor.leave(outer);
  return algorithm;
}

/** RFC 4055 §5 wants NULL for RSA and a reader that takes nothing, too; RFC 5758 and RFC 8410 want nothing for the others. */
function readParameters(cursor: DerCursor, { algorithm, parameters }: KnownSignature): void {
  if (parameters === 'null' && !cursor.more) {
    cursor.deviate('signature_parameters_absent');
    return;
  }
  const written = parameters === 'none' && algorithm.name === 'ecdsa' && cursor.more;
  if (parameters === 'none' && !written) return;
  readNull(cursor, 'the parameters of the signature algorithm');
  if (written) cursor.deviate('signature_parameters_null');
}

function readNull(cursor: DerCursor, what: string): void {
  cursor.expect(tag.null, what);
  if (cursor.stop !== cursor.start) cursor.fail(`${what}: a NULL with contents`);
}

/** RSASSA-PSS-params, RFC 4055 §3.1. A mask hash other than the hash, or a trailer other than 1, makes the algorithm `other`. */
function readPss(cursor: DerCursor): SignatureAlgorithm {
  const what = 'the RSASSA-PSS parameters';
  if (!cursor.more) return { name: 'other', oid: oid.rsaPss };
  const outer = cursor.enter(tag.sequence, what);
  let hash: HashName | undefined = 'sha1';
  let maskHash: HashName | undefined = 'sha1';
  let saltLength = 20;
  let trailer = 1;
  if (cursor.peek() === 0xa0) {
    const field = cursor.enter(0xa0, what);
    hash = readHash(cursor);
    cursor.leave(field);
  }
  if (cursor.peek() === 0xa1) {
    const field = cursor.enter(0xa1, what);
    const mask = cursor.enter(tag.sequence, what);
    const mgf1 = readOid(cursor, what) === oid.mgf1;
    if (mgf1) maskHash = readHash(cursor);
    else {
      maskHash = undefined;
      if (cursor.more) cursor.skipStrictly();
    }
    cursor.leave(mask);
    cursor.leave(field);
  }
  if (cursor.peek() === 0xa2) {
    const field = cursor.enter(0xa2, what);
    saltLength = cursor.smallInteger('the salt length', 65_535);
    cursor.leave(field);
  }
  if (cursor.peek() === 0xa3) {
    const field = cursor.enter(0xa3, what);
    trailer = cursor.smallInteger('the trailer field', 255);
    cursor.leave(field);
  }
  cursor.leave(outer);
  if (hash === undefined || maskHash !== hash || trailer !== 1) return { name: 'other', oid: oid.rsaPss };
  return { name: 'rsa-pss', hash, oid: oid.rsaPss, saltLength };
}

function readHash(cursor: DerCursor): HashName | undefined {
  const outer = cursor.enter(tag.sequence, 'a hash algorithm');
  const dotted = readOid(cursor, 'a hash algorithm');
  if (cursor.more) readNull(cursor, 'the parameters of a hash algorithm');
  cursor.leave(outer);
  return hashes[dotted];
}

const curves: Readonly<Record<string, readonly [name: string, fieldOctets: number]>> = {
  [oid.p256]: ['P-256', 32],
  [oid.p384]: ['P-384', 48],
  [oid.p521]: ['P-521', 66],
};

/** Reads a SubjectPublicKeyInfo; keys of the known algorithms must have the shape that their RFC gives them. */
export function readPublicKey(cursor: DerCursor): PublicKeyInfo {
  const from = cursor.at;
  const outer = cursor.enter(tag.sequence, 'the public key');
  const algorithm = cursor.enter(tag.sequence, 'the algorithm of the public key');
  const dotted = readOid(cursor, 'the algorithm of the public key');
  let curve: string | undefined;
  if (dotted === oid.rsaEncryption) readNull(cursor, 'the parameters of an RSA key');
  else if (dotted === oid.ecPublicKey) curve = readOid(cursor, 'the named curve (RFC 5480 §2.1.1)');
  else if (dotted !== oid.ed25519 && dotted !== oid.ed448 && cursor.more) cursor.skipStrictly();
  cursor.leave(algorithm);
  const unused = cursor.bitString('the public key');
  if (unused !== 0) cursor.fail('the public key is not whole bytes');
  const spki = cursor.slice(from, cursor.at);
  const after = cursor.at;
  let info: PublicKeyInfo;
  if (dotted === oid.rsaEncryption || dotted === oid.rsaPss) {
    info = { algorithm: dotted === oid.rsaPss ? 'rsa-pss' : 'rsa', oid: dotted, bits: readRsaBits(cursor), spki };
  } else if (curve !== undefined) {
    const [name, fieldOctets] = curves[curve] ?? [curve, undefined];
    if (fieldOctets !== undefined) checkPoint(cursor, fieldOctets);
    info = { algorithm: 'ec', oid: dotted, curve: name, spki };
  } else if (dotted === oid.ed25519 || dotted === oid.ed448) {
    const octets = dotted === oid.ed25519 ? 32 : 57;
    if (cursor.stop - cursor.start !== octets) cursor.fail('the public key has the wrong length');
    info = { algorithm: dotted === oid.ed25519 ? 'ed25519' : 'ed448', oid: dotted, spki };
  } else {
    info = { algorithm: dotted === oid.dsa ? 'dsa' : 'other', oid: dotted, spki };
  }
  cursor.at = after;
  cursor.leave(outer);
  return info;
}

/** RSAPublicKey, RFC 8017 §A.1.1: two positive INTEGERs. */
function readRsaBits(cursor: DerCursor): number {
  const key = cursor.enterLast();
  const outer = cursor.enter(tag.sequence, 'the RSA key');
  cursor.expect(tag.integer, 'the modulus');
  cursor.checkInteger('the modulus');
  const bits = bitLength(cursor, 'the modulus');
  cursor.expect(tag.integer, 'the exponent');
  cursor.checkInteger('the exponent');
  bitLength(cursor, 'the exponent');
  cursor.leave(outer);
  cursor.leave(key);
  return bits;
}

function bitLength(cursor: DerCursor, what: string): number {
  const { start, stop } = cursor;
  const first = cursor.byteAt(start);
  if (first >= 0x80 || (first === 0 && stop - start === 1)) cursor.fail(`${what} is not positive`, start);
  const from = first === 0 ? start + 1 : start;
  return (stop - from) * 8 - Math.clz32(cursor.byteAt(from)) + 24;
}

/** SEC 1 §2.3.3: uncompressed, or compressed. The point at infinity and hybrid forms are nobody's key. */
function checkPoint(cursor: DerCursor, fieldOctets: number): void {
  const form = cursor.byteAt(cursor.start);
  const length = cursor.stop - cursor.start;
  const fits = form === 4 ? length === 1 + 2 * fieldOctets : (form === 2 || form === 3) && length === 1 + fieldOctets;
  if (!fits) cursor.fail('the public key is not a point of its curve', cursor.start);
}
