import { createPublicKey } from 'node:crypto';
import { dayMilliseconds } from '../../core/day.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { twinMarker } from '../../core/x509/marker.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { issueCertificate } from '../../core/x509/write.ts';
import { extension } from '../../core/x509/write-extension.ts';
import { issueLeaf } from './leaf.ts';
import type { TwinStore } from './store.ts';

export interface ServerIdentity {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/** The made-up CA of everything that `dev` serves: the front's own certificate and the demo backend's. */
export interface ServerAuthority {
  readonly pem: string;
  identityFor(names: readonly string[]): Promise<ServerIdentity>;
}

const KEY = { type: 'ec', namedCurve: 'P-256' } as const;
const NAME = [[{ type: 'O', value: 'Sallyport dev' }], [{ type: 'CN', value: 'Sallyport dev server CA' }]];

/** Kept in the store: `--cacert` stays valid over restarts. Lasts long enough never to be in the way, 10 years. */
export async function openServerAuthority(store: TwinStore, now: () => number): Promise<ServerAuthority> {
  const key = await store.key('server-ca', KEY);
  const publicKey = createPublicKey(key);
  const der = store.certificate(
    'server-ca',
    (stored) => parseCertificate(stored).notAfter > now() + dayMilliseconds,
    () =>
      issueCertificate(
        {
          serial: '01',
          subject: NAME,
          issuer: NAME,
          notBefore: now() - dayMilliseconds,
          notAfter: now() + 3650 * dayMilliseconds,
          publicKey,
          extensions: [
            extension.basicConstraints(true, 0),
            extension.keyUsage(['keyCertSign', 'cRLSign']),
            extension.subjectKeyIdentifier(publicKey),
            twinMarker,
          ],
        },
        key,
      ),
  );
  const authority = parseCertificate(der);
  return {
    pem: pemFromDer(der),
    async identityFor(names) {
      const id = `server:${names.join(' ')}`;
      const leafKey = await store.key(id, KEY);
      const leaf = store.certificate(
        id,
        (stored) =>
          parseCertificate(stored).notAfter > now() + dayMilliseconds &&
          parseCertificate(stored).authorityKeyIdentifier === authority.subjectKeyIdentifier,
        () =>
          issueLeaf({
            subject: [
              [{ type: 'O', value: 'Sallyport dev' }],
              [{ type: 'CN', value: (names[0] ?? 'server').slice(0, 64) }],
            ],
            names: names.map((dns) => ({ dns })),
            publicKey: createPublicKey(leafKey),
            issuer: authority,
            signingKey: key,
            notBefore: now() - dayMilliseconds,
            notAfter: now() + 90 * dayMilliseconds,
            serial: now().toString(16),
            purposes: ['serverAuth'],
          }),
      );
      store.save();
      return { certificate: pemFromDer(leaf), key: leafKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}
