import { ProblemError } from '../../core/problem.ts';
import { believe } from '../../core/revocation/believe.ts';
import { compileRevocations } from '../../core/revocation/compile.ts';
import { openRevocations } from '../../core/revocation/index.ts';
import { statusOf } from '../../core/revocation/status.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import type { CorpusRecord, Verdict } from './corpus.ts';

/** DER, base64. */
export interface CrlRecord extends CorpusRecord {
  readonly crl: string;
  readonly issuers: readonly string[];
  readonly leaf: string;
  readonly at: string;
  readonly maxAgeSeconds: number | null;
}

/** `good`, `revoked`, or `unknown`: the list must not be believed, or is about something else. */
export function crlVerdict(record: CorpusRecord): Verdict {
  const { crl, issuers, leaf: leafText, at: atText, maxAgeSeconds } = record as CrlRecord;
  const at = Date.parse(atText);
  const leaf = certificateFrom(leafText);
  if (leaf === undefined) return { said: 'unknown', why: 'the leaf cannot be read' };
  const certificates = issuers.map(certificateFrom).filter((read) => read !== undefined);
  const issuer = certificates.find((ca) => ca.subject.key === leaf.issuer.key && verifiesSignature(leaf, ca));
  if (issuer === undefined) return { said: 'unknown', why: 'none of the issuers signed the leaf' };
  const maxAgeMilliseconds = maxAgeSeconds === null ? undefined : maxAgeSeconds * 1000;
  const belief = believe(Buffer.from(crl, 'base64'), {
    certificates,
    at,
    maxAgeMilliseconds,
    // A corpus asks about RFC 5280, whose rules for lists work without a nextUpdate; an operator has to say so in writing.
    withoutNextUpdate: true,
  });
  if (!belief.ok) return { said: 'unknown', why: `${belief.code}: ${belief.detail}` };
  const { bytes } = compileRevocations({ authorities: [{ name: 'corpus', certificates, lists: [belief.believed] }] });
  const { findings } = statusOf({
    path: [leaf, issuer],
    authority: 'corpus',
    index: openRevocations(bytes),
    at,
    maxAgeMilliseconds,
  });
  const [finding] = findings;
  if (finding === undefined) throw new Error('a path of two has one finding');
  const { status, detail } = finding;
  return { said: status === 'good' || status === 'revoked' ? status : 'unknown', why: `${status}: ${detail}` };
}

function certificateFrom(base64: string): Certificate | undefined {
  try {
    return parseCertificate(Buffer.from(base64, 'base64'));
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
