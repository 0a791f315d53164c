import { isSelfSigned, issuerKey } from '../registry/issuer.ts';
import type { PlacedCertificate } from '../registry/pem-source.ts';
import type { Certificate } from '../x509/certificate.ts';
import { verifiesSignature } from '../x509/signature.ts';

/** Bounds for files made to be slow: real bundles come nowhere near. */
const maxCandidates = 32;
const maxPaths = 256;

/** Who signed whom within one file. Each certificate counts once; a renewal (same name and key) is another certificate of the same CA. */
export class Chains {
  /** In the order of the file, without exact duplicates. */
  readonly certificates: readonly PlacedCertificate[];
  readonly #parents = new Map<Certificate, readonly Certificate[]>();
  readonly #paths = new Map<Certificate, readonly (readonly Certificate[])[]>();
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>;

  constructor(placed: readonly PlacedCertificate[]) {
    const once = new Map<string, PlacedCertificate>();
    for (const each of placed) if (!once.has(each.certificate.sha256)) once.set(each.certificate.sha256, each);
    this.certificates = [...once.values()];
    this.#bySubject = Map.groupBy(
      this.certificates.map(({ certificate }) => certificate),
      (certificate) => certificate.subject.key,
    );
  }

  /** The certificates of the file whose key signed this one; never itself. */
  parents(certificate: Certificate): readonly Certificate[] {
    const known = this.#parents.get(certificate);
    if (known !== undefined) return known;
    const hint = certificate.authorityKeyIdentifier;
    const unlikely = (other: Certificate) => Number(hint !== undefined && other.subjectKeyIdentifier !== hint);
    const parents = this.named(certificate.issuer.key)
      .filter((other) => other !== certificate)
      .toSorted((a, b) => unlikely(a) - unlikely(b))
      .slice(0, maxCandidates)
      .filter((other) => verifiesSignature(certificate, other));
    this.#parents.set(certificate, parents);
    return parents;
  }

  named(subjectKey: string): readonly Certificate[] {
    return this.#bySubject.get(subjectKey) ?? [];
  }

  /** Those that issue no other CA of the file. */
  lowest(): readonly Certificate[] {
    const issuing = new Set<string>();
    for (const { certificate } of this.certificates) {
      for (const parent of this.parents(certificate)) {
        if (issuerKey(parent) !== issuerKey(certificate)) issuing.add(issuerKey(parent));
      }
    }
    return this.certificates.map(({ certificate }) => certificate).filter((ca) => !issuing.has(issuerKey(ca)));
  }

  /** Every way from the certificate (first) to a self-signed root (last), shortest first; no CA comes twice on one. */
  pathsUp(certificate: Certificate): readonly (readonly Certificate[])[] {
    const known = this.#paths.get(certificate);
    if (known !== undefined) return known;
    const paths: (readonly Certificate[])[] = [];
    this.#paths.set(certificate, paths);
    const open: (readonly Certificate[])[] = [[certificate]];
    for (let path = open.shift(); path !== undefined && paths.length < maxPaths; path = open.shift()) {
      const last = path.at(-1);
      if (last === undefined) continue;
      if (isSelfSigned(last)) {
        paths.push(path);
        continue;
      }
      const used = new Set(path.map(issuerKey));
      for (const parent of this.parents(last)) {
        if (!used.has(issuerKey(parent)) && open.length < maxPaths) open.push([...path, parent]);
      }
    }
    return paths;
  }
}
