import { createPublicKey, type generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dayMilliseconds } from '../../core/day.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { sampleMarker } from '../../core/x509/marker.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { issueCertificate } from '../../core/x509/write.ts';
import { extension } from '../../core/x509/write-extension.ts';

const YEAR = 365 * dayMilliseconds;

/**
 * PEM of an issuing CA and its root, for the first folder of a front. The private keys exist only inside this call, so
 * the sample can never vouch for anybody; `dev` replaces it by a twin as it does with every authority.
 */
export function sampleAuthorityPem(now: number, generate: typeof generateKeyPairSync, serial: Uint8Array): string {
  const name = (commonName: string) => [
    [{ type: 'C', value: 'NL' }],
    [{ type: 'O', value: 'Sample Partner' }],
    [{ type: 'CN', value: commonName }],
  ];
  const root = generate('ec', { namedCurve: 'P-256' });
  const issuing = generate('ec', { namedCurve: 'P-256' });
  const issue = (subject: string, key: KeyObject, signer: KeyObject, number: number, pathLength?: number) =>
    issueCertificate(
      {
        serial: Buffer.from([1 + number, ...serial]).toString('hex'),
        subject: name(subject),
        issuer: name('Sample Root CA'),
        notBefore: now - 3_600_000,
        notAfter: now + 5 * YEAR,
        publicKey: key,
        extensions: [
          extension.basicConstraints(true, pathLength),
          extension.keyUsage(['keyCertSign', 'cRLSign']),
          extension.subjectKeyIdentifier(key),
          extension.authorityKeyIdentifier(createPublicKey(signer)),
          sampleMarker,
        ],
      },
      signer,
    );
  return [
    issue('Sample Issuing CA', issuing.publicKey, root.privateKey, 1, 0),
    issue('Sample Root CA', root.publicKey, root.privateKey, 0),
  ]
    .map((der) => `# subject: ${parseCertificate(der).subject.rdns.at(-1)?.[0]?.value ?? ''}\n${pemFromDer(der)}`)
    .join('');
}
