import { ProblemError } from '../../src/core/problem.ts';
import { type Certificate, parseCertificate } from '../../src/core/x509/certificate.ts';
import { verifiesSignature } from '../../src/core/x509/signature.ts';
import type { CorpusRecord, Verdict } from './corpus.ts';
import { momentOf } from './path.ts';
import { statusUnder } from './path-revocation.ts';

interface CrlRecord extends CorpusRecord {
  /** Base64 DER, all three. */
  readonly crl: string;
  readonly issuers: readonly string[];
  readonly leaf: string;
  readonly at: string;
  readonly maxAgeSeconds?: number | null;
}

/** `unknown`: the list must not be believed, or is not about this certificate. */
export function crlVerdict(record: CorpusRecord): Verdict {
  const { crl, issuers, leaf, at, maxAgeSeconds } = record as CrlRecord;
  const certificate = parsed(leaf);
  const authorities = issuers.flatMap((der) => parsed(der) ?? []);
  if (certificate === undefined) return { said: 'unknown', why: 'the certificate is malformed' };
  const namesakes = authorities.filter(({ subject }) => subject.key === certificate.issuer.key);
  const issuer = namesakes.find((one) => verifiesSignature(certificate, one)) ?? namesakes[0];
  if (issuer === undefined) return { said: 'unknown', why: 'no certificate of its issuer' };
  const bounded = maxAgeSeconds !== null && maxAgeSeconds !== undefined;
  const { status, disbelieved } = statusUnder([certificate, issuer], authorities, [Buffer.from(crl, 'base64')], {
    at: momentOf(at),
    maxAgeMilliseconds: bounded ? maxAgeSeconds * 1000 : undefined,
    // A list that names no end is believed only where a rule of the asker ends it.
    withoutNextUpdate: bounded,
  });
  const [finding] = status.findings;
  const said = finding?.status === 'good' || finding?.status === 'revoked' ? finding.status : 'unknown';
  return { said, why: [finding?.detail, ...disbelieved].join('; ') };
}

function parsed(der: string): Certificate | undefined {
  try {
    return parseCertificate(Buffer.from(der, 'base64'));
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
