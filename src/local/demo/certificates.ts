import { createPublicKey, type KeyObject } from 'node:crypto';
import { dayMilliseconds } from '../../core/day.ts';
import type { Authority } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { issueCertificate } from '../../core/x509/write.ts';
import { type ExtensionSpec, extension } from '../../core/x509/write-extension.ts';
import { issueLeaf, type LeafSpec } from '../twins/leaf.ts';
import { makeKey } from '../twins/store.ts';
import type { TwinIdentity } from '../twins/twin-identity.ts';
import type { Twins } from '../twins/twins.ts';

export interface Credentials {
  /** Leaf first, then what else is sent. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Certificates that a front must refuse, each wrong in one way and otherwise like those of a registered client. */
export interface WrongCertificates {
  unknownCa(): Credentials;
  fromAuthority(other: Authority): Credentials;
  byRoot(root: Certificate): Credentials;
  expired(): Credentials;
  notYetValid(): Credentials;
  serverOnly(): Credentials;
  caAsClient(): Credentials;
  strangerOfSameCa(): Credentials;
  intermediateSentOnly(root: Certificate): Credentials;
}

const MINUTE = 60_000;
const P256 = { type: 'ec', namedCurve: 'P-256' } as const;

/** Makes them in the image of one identity that is recognised by subject or SAN; `issuer` is the twin CA it stands under. */
export async function openWrongCertificates(
  twins: Twins,
  like: TwinIdentity,
  issuer: Certificate,
  now: number,
): Promise<WrongCertificates> {
  const [leafKey, strangerKey] = await Promise.all([makeKey(P256), makeKey(P256)]);
  const sanOid = '2.5.29.17';
  const san = like.certificate.extensions.filter(({ oid }) => oid === sanOid);
  let serial = 0x5a11;
  const usual = (): LeafSpec => {
    serial += 1;
    return {
      subject: like.certificate.subject,
      extra: san,
      publicKey: createPublicKey(leafKey),
      issuer,
      signingKey: twins.signingKeyOf(issuer),
      notBefore: now - dayMilliseconds,
      notAfter: now + dayMilliseconds,
      serial: serial.toString(16),
    };
  };
  const withKey = (key: KeyObject, ...ders: readonly Uint8Array[]): Credentials => ({
    certificatePem: ders.map((der) => pemFromDer(der)).join(''),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  const leaf = (changes: Partial<LeafSpec>) => withKey(leafKey, issueLeaf({ ...usual(), ...changes }));
  return {
    unknownCa: () =>
      leaf({ issuer: { subject: [[{ type: 'CN', value: 'Nobody Knows This CA' }]] }, signingKey: strangerKey }),
    fromAuthority(other) {
      const ca = other.issuers[0];
      if (ca === undefined) throw new Error('an authority without an issuer');
      return leaf({ issuer: ca, signingKey: twins.signingKeyOf(ca) });
    },
    byRoot: (root) => leaf({ issuer: root, signingKey: twins.signingKeyOf(root) }),
    expired: () => leaf({ notBefore: now - 30 * dayMilliseconds, notAfter: now - MINUTE }),
    notYetValid: () => leaf({ notBefore: now + dayMilliseconds, notAfter: now + 30 * dayMilliseconds }),
    serverOnly: () => leaf({ purposes: ['serverAuth'] }),
    caAsClient: () => withKey(twins.signingKeyOf(issuer), issuer.der),
    strangerOfSameCa: () =>
      leaf({ subject: [[{ type: 'O', value: 'Somebody Else' }], [{ type: 'CN', value: 'orders-client' }]], extra: [] }),
    intermediateSentOnly(root) {
      const name = [[{ type: 'CN', value: 'An Intermediate That Is Only Sent' }]];
      const extensions: ExtensionSpec[] = [extension.basicConstraints(true, 0), extension.keyUsage(['keyCertSign'])];
      const intermediate = issueCertificate(
        {
          serial: '77',
          subject: name,
          issuer: root.subject,
          notBefore: now - dayMilliseconds,
          notAfter: now + dayMilliseconds,
          publicKey: createPublicKey(strangerKey),
          extensions,
        },
        twins.signingKeyOf(root),
      );
      const below = issueLeaf({ ...usual(), issuer: { subject: name }, signingKey: strangerKey });
      return withKey(leafKey, below, intermediate);
    },
  };
}
