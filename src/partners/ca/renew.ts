import { dayMilliseconds } from '../../core/day.ts';
import { refuse } from '../../core/problem.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { issueCertificateBy } from '../../core/x509/write.ts';
import { type Issuer, type Moment, publicKeyOf, randomSerial } from './certificates.ts';

const clockSkew = 5 * 60_000;

/**
 * The CA that signs clients once more: same name, same key, same extensions, new dates. What it has signed stays good, and
 * its lists do, because both name the key. It ends with the root at the latest.
 *
 * @throws ProblemError `ca_root_over` when the root ends before the present certificate does
 */
export async function renewIntermediate(
  intermediate: Uint8Array,
  root: Issuer,
  years: number,
  { now, randomBytes }: Moment,
): Promise<Uint8Array> {
  const before = parseCertificate(intermediate);
  const above = parseCertificate(root.certificate);
  const notAfter = Math.min(now + years * 365 * dayMilliseconds, above.notAfter);
  if (notAfter <= before.notAfter) {
    refuse({
      code: 'ca_root_over',
      message: 'a new certificate would not count longer than the present one',
      found: `until ${new Date(notAfter).toISOString()}; the root ends ${new Date(above.notAfter).toISOString()}`,
      allowed: `later than ${new Date(before.notAfter).toISOString()}`,
      remedy: 'more --years; when the root is at its end, sallyport ca init OTHER-NAME',
    });
  }
  return issueCertificateBy(
    {
      serial: randomSerial(randomBytes),
      subject: before.subject,
      issuer: above.subject,
      notBefore: now - clockSkew,
      notAfter,
      publicKey: publicKeyOf(intermediate),
      extensions: before.extensions,
    },
    root.signer,
  );
}
