import { dayMilliseconds } from '../../core/day.ts';
import { readList } from '../../core/revocation/list.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { extension } from '../../core/x509/write.ts';
import { issueListBy, listExtension } from '../../core/x509/write-crl.ts';
import type { Issuer } from './certificates.ts';

/** How long a list counts. The root's key is seldom at hand, so its list counts longer. */
export const listDays = { root: 90, intermediate: 7 } as const;

/** CRLReason (RFC 5280 §5.3.1), those that a certificate of a client can have. */
export const revocationReasons: Readonly<Record<string, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
};

export interface Revoked {
  /** Hex digits. */
  readonly serial: string;
  readonly revokedAt: number;
  readonly reason: string;
}

/** The next list of a CA, DER; its number is one more than that of `before`. */
export function makeList(
  revoked: readonly Revoked[],
  issuer: Issuer,
  at: { readonly now: number; readonly days: number; readonly before: Uint8Array | undefined },
): Promise<Uint8Array> {
  const last = at.before === undefined ? '0' : (readList(at.before).crlNumber ?? '0');
  return issueListBy(
    {
      issuer: parseCertificate(issuer.certificate).subject,
      thisUpdate: at.now,
      nextUpdate: at.now + at.days * dayMilliseconds,
      revoked: revoked.map(({ serial, revokedAt, reason }) => {
        const code = revocationReasons[reason];
        // `unspecified` is not written (RFC 5280 §5.3.1)
        return { serial, revokedAt, ...(code === undefined || code === 0 ? {} : { reason: code }) };
      }),
      extensions: [
        extension.authorityKeyIdentifier(issuer.publicKey),
        listExtension.crlNumber((BigInt(`0x${last}`) + 1n).toString(16)),
      ],
    },
    issuer.signer,
  );
}
