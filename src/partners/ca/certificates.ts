import { createPublicKey, type KeyObject } from 'node:crypto';
import { dayMilliseconds } from '../../core/day.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { extension, issueCertificateBy, type NameSpec, type RemoteSigner, signerOf } from '../../core/x509/write.ts';
import type { GeneralNameSpec } from '../../core/x509/write-extension.ts';

/** Clocks differ: a certificate that counts from now on is refused by whoever is behind. */
const clockSkew = 5 * 60_000;

/** Randomness and time come from outside, so that a test can repeat what was made. */
export interface Moment {
  readonly now: number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** The key of a CA: in a file of its folder, or in KMS. */
export interface CaKey {
  readonly publicKey: KeyObject;
  readonly signer: RemoteSigner;
}

/** A CA that signs: its certificate (DER) and the key to it. */
export interface Issuer extends CaKey {
  readonly certificate: Uint8Array;
}

/** The key of a CA from a private key that is at hand. */
export function keyAtHand(privateKey: KeyObject): CaKey {
  const { algorithm, sign } = signerOf({}, privateKey);
  return { publicKey: createPublicKey(privateKey), signer: { algorithm, sign: async (message) => sign(message) } };
}

/** 128 bits, positive, never shorter: the first bit is 0 and the second 1 (RFC 5280 §4.1.2.2). */
export function randomSerial(randomBytes: Moment['randomBytes']): string {
  const octets = Buffer.from(randomBytes(16));
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return octets.toString('hex');
}

interface CaSpec {
  readonly name: string;
  readonly organization: string;
  readonly years: number;
}

function caName(spec: CaSpec, role: string): NameSpec {
  return [[{ type: 'O', value: spec.organization }], [{ type: 'CN', value: `${spec.name} ${role}` }]];
}

/** The self-signed root. */
export function makeRoot(
  spec: CaSpec,
  { publicKey, signer }: CaKey,
  { now, randomBytes }: Moment,
): Promise<Uint8Array> {
  const subject = caName(spec, 'Root CA');
  return issueCertificateBy(
    {
      serial: randomSerial(randomBytes),
      subject,
      issuer: subject,
      notBefore: now - clockSkew,
      notAfter: now + spec.years * 365 * dayMilliseconds,
      publicKey,
      extensions: [
        extension.basicConstraints(true),
        extension.keyUsage(['keyCertSign', 'cRLSign']),
        extension.subjectKeyIdentifier(publicKey),
      ],
    },
    signer,
  );
}

/** The CA that signs clients and nothing else: no CA may stand below it. `lists`: where the root's list is published. */
export function makeIntermediate(
  spec: CaSpec & { readonly lists: readonly string[] },
  publicKey: KeyObject,
  root: Issuer,
  { now, randomBytes }: Moment,
): Promise<Uint8Array> {
  const { subject, notAfter } = parseCertificate(root.certificate);
  return issueCertificateBy(
    {
      serial: randomSerial(randomBytes),
      subject: caName(spec, 'Issuing CA'),
      issuer: subject,
      notBefore: now - clockSkew,
      notAfter: Math.min(now + spec.years * 365 * dayMilliseconds, notAfter),
      publicKey,
      extensions: [
        extension.basicConstraints(true, 0),
        extension.keyUsage(['keyCertSign', 'cRLSign']),
        ...keyIdentifiers(publicKey, root),
        ...(spec.lists.length === 0 ? [] : [extension.crlDistributionPoints(spec.lists)]),
      ],
    },
    root.signer,
  );
}

export interface LeafSpec {
  readonly subject: NameSpec;
  readonly names: readonly GeneralNameSpec[];
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly lists: readonly string[];
}

/** A client's certificate; it ends with its issuer at the latest. */
export function makeLeaf(spec: LeafSpec, issuer: Issuer, { now, randomBytes }: Moment): Promise<Uint8Array> {
  const { subject, notAfter } = parseCertificate(issuer.certificate);
  return issueCertificateBy(
    {
      serial: randomSerial(randomBytes),
      subject: spec.subject,
      issuer: subject,
      notBefore: now - clockSkew,
      notAfter: Math.min(now + spec.days * dayMilliseconds, notAfter),
      publicKey: spec.publicKey,
      extensions: [
        extension.basicConstraints(false),
        extension.keyUsage(['digitalSignature']),
        extension.extendedKeyUsage(['clientAuth']),
        ...keyIdentifiers(spec.publicKey, issuer),
        ...(spec.names.length === 0 ? [] : [extension.subjectAltName(spec.names)]),
        ...(spec.lists.length === 0 ? [] : [extension.crlDistributionPoints(spec.lists)]),
      ],
    },
    issuer.signer,
  );
}

function keyIdentifiers(publicKey: KeyObject, issuer: Issuer) {
  return [extension.subjectKeyIdentifier(publicKey), extension.authorityKeyIdentifier(issuer.publicKey)];
}

/** Of a certificate in DER. */
export function publicKeyOf(certificate: Uint8Array): KeyObject {
  const { spki } = parseCertificate(certificate).publicKey;
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}
