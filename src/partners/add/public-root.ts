import { rootCertificates } from 'node:tls';
import { ProblemError } from '../../core/problem.ts';
import { publicOrganisationOf } from '../../core/registry/public-cas.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { derFromPem } from '../../core/x509/pem.ts';

/** Whether a chain is one of public CAs: by the key of its root, and by what its names say, which anybody can write. */
export interface PublicSigner {
  /** The organisation in the name of a CA, if it is one that runs public CAs. */
  readonly named?: string;
  /** A root of Mozilla's list, as this Node carries it. */
  readonly known: boolean;
}

export function publicSignerOf(chain: readonly Certificate[]): PublicSigner | undefined {
  const named = chain.map(({ subject }) => publicOrganisationOf(subject)).find((one) => one !== undefined);
  const known = chain.some((ca) => publicRoots().has(entityOf(ca)));
  return named === undefined && !known ? undefined : { named, known };
}

let roots: ReadonlySet<string> | undefined;

/** Read once, and only when somebody asks: some 150 certificates. */
function publicRoots(): ReadonlySet<string> {
  roots ??= new Set(
    rootCertificates.flatMap((pem) => {
      try {
        return [entityOf(parseCertificate(derFromPem(pem)))];
      } catch (error) {
        if (error instanceof ProblemError) return [];
        throw error;
      }
    }),
  );
  return roots;
}

/** A root that is cross-signed has another certificate, and the same name and key. */
function entityOf({ subject, publicKey }: Certificate): string {
  return `${subject.key} ${Buffer.from(publicKey.spki).toString('base64')}`;
}
