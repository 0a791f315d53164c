import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import {
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  text,
  tlv,
} from '../../core/x509/write-der.ts';
import { oids } from './algorithms.ts';
import { derivePbkdf2, derivePkcs12 } from './derive.ts';

/** `modern`: AES-256, HMAC-SHA-256, which everything since 2021 reads. `legacy`: 3DES and SHA-1, for Java 8 and Windows before 2019. */
export type Pkcs12Form = 'modern' | 'legacy';

/** As many as Java 17 writes; ten times that would be slow in Java 8. */
const usualIterations = 10_000;

interface Sealing {
  readonly algorithm: Uint8Array;
  seal(plain: Uint8Array): Uint8Array;
}

function sealing(form: Pkcs12Form, password: string, iterations: number): Sealing {
  const salt = randomBytes(16);
  if (form === 'legacy') {
    const from = { password: wideOf(password), salt: salt.subarray(0, 8), iterations };
    const key = derivePkcs12('sha1', 64, from, 'key', 24);
    const iv = derivePkcs12('sha1', 64, from, 'iv', 8);
    const parameters = sequence(octetString(from.salt), integer(iterations));
    return {
      algorithm: sequence(objectIdentifier(oids.tripleDes), parameters),
      seal: sealWith('des-ede3-cbc', key, iv),
    };
  }
  const iv = randomBytes(16);
  const prf = sequence(objectIdentifier(oids.hmacSha256), nullValue());
  const derivation = sequence(objectIdentifier(oids.pbkdf2), sequence(octetString(salt), integer(iterations), prf));
  const scheme = sequence(objectIdentifier(oids.aes256Cbc), octetString(iv));
  const key = derivePbkdf2(Buffer.from(password, 'utf8'), salt, iterations, 32, 'sha256');
  return {
    algorithm: sequence(objectIdentifier(oids.pbes2), sequence(derivation, scheme)),
    seal: sealWith('aes-256-cbc', key, iv),
  };
}

function sealWith(cipher: string, key: Uint8Array, iv: Uint8Array): (plain: Uint8Array) => Uint8Array {
  return (plain) => {
    const sealer = createCipheriv(cipher, key, iv);
    return Buffer.concat([sealer.update(plain), sealer.final()]);
  };
}

function wideOf(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

function contentInfo(type: string, content: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(type), tlv(0xa0, content));
}

function bag(type: string, value: Uint8Array, attributes: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(type), tlv(0xa0, value), attributes);
}

export interface Pkcs12Spec {
  /** PrivateKeyInfo, DER. */
  readonly pkcs8: Uint8Array;
  /** DER, the key's own certificate first. */
  readonly certificates: readonly Uint8Array[];
  /** ASCII: everybody encodes the rest differently. Plain Error otherwise. */
  readonly password: string;
  readonly friendlyName: string;
}

/** One key with its certificates as PKCS#12 (RFC 7292): certificates and key encrypted, a MAC over both. */
export function encodePkcs12(spec: Pkcs12Spec, form: Pkcs12Form, iterations: number = usualIterations): Uint8Array {
  const { password, certificates } = spec;
  if (!/^[ -~]+$/.test(password)) throw new Error('a PKCS#12 password must be printable ASCII');
  const own = setOf(
    sequence(objectIdentifier(oids.friendlyName), setOf(text(0x1e, spec.friendlyName))),
    sequence(objectIdentifier(oids.localKeyId), setOf(octetString(Uint8Array.of(1)))),
  );
  const bags = certificates.map((der, index) => {
    const value = sequence(objectIdentifier(oids.x509Certificate), tlv(0xa0, octetString(der)));
    return bag(oids.certBag, value, index === 0 ? own : new Uint8Array());
  });
  const forCertificates = sealing(form, password, iterations);
  const sealed = tlv(0x80, forCertificates.seal(sequence(...bags)));
  const encrypted = sequence(integer(0), sequence(objectIdentifier(oids.data), forCertificates.algorithm, sealed));
  const forKey = sealing(form, password, iterations);
  const shrouded = sequence(forKey.algorithm, octetString(forKey.seal(spec.pkcs8)));
  const safe = sequence(
    contentInfo(oids.encryptedData, encrypted),
    contentInfo(oids.data, octetString(sequence(bag(oids.shroudedKeyBag, shrouded, own)))),
  );
  return sequence(integer(3), contentInfo(oids.data, octetString(safe)), macData(form, password, safe, iterations));
}

function macData(form: Pkcs12Form, password: string, safe: Uint8Array, iterations: number): Uint8Array {
  const salt = randomBytes(form === 'legacy' ? 8 : 16);
  const [digest, octets, type] =
    form === 'legacy' ? (['sha1', 20, oids.sha1] as const) : (['sha256', 32, oids.sha256] as const);
  const key = derivePkcs12(digest, 64, { password: wideOf(password), salt, iterations }, 'mac', octets);
  const mac = createHmac(digest, key).update(safe).digest();
  const digestInfo = sequence(sequence(objectIdentifier(type), nullValue()), octetString(mac));
  return sequence(digestInfo, octetString(salt), integer(iterations));
}
