import type { Certificate } from '../x509/certificate.ts';
import { GlobIndex } from './globs/glob-index.ts';
import { cutNamesOf, cutSan } from './globs/name-glob.ts';
import type { Candidate } from './registry.ts';
import { generalNameKey, sanKey } from './san.ts';

const none: readonly Candidate[] = [];

/**
 * Identities by what a certificate shows of itself. One map a kind: what no client is known by is not even worked out,
 * and a first-seen certificate without SAN, key or exact identities costs no hash and no folding.
 */
export class IdentityIndex {
  readonly #bySubject = new Map<string, Candidate[]>();
  readonly #byCertificate = new Map<string, Candidate[]>();
  readonly #byKey = new Map<string, Candidate[]>();
  readonly #bySan = new Map<string, Candidate[]>();
  readonly #globs = new GlobIndex<Candidate>();

  add(candidate: Candidate): void {
    const { identity } = candidate;
    switch (identity.kind) {
      case 'subject':
        append(this.#bySubject, identity.subjectKey, candidate);
        break;
      case 'certificate':
        append(this.#byCertificate, identity.sha256, candidate);
        break;
      case 'key':
        append(this.#byKey, identity.spkiSha256, candidate);
        break;
      case 'san':
        append(this.#bySan, sanKey(identity.san.kind, identity.san.value), candidate);
        break;
      case 'subject-glob':
        this.#globs.add(identity, candidate);
        break;
      case 'san-glob':
        this.#globs.add(cutSan(identity.san.kind, identity.san.value), candidate);
        break;
    }
  }

  /** Those that the certificate can be known by, subject first; each once. */
  find(leaf: Certificate): readonly Candidate[] {
    const bySubject = this.#bySubject.get(leaf.subject.key) ?? none;
    if (this.#byCertificate.size + this.#byKey.size + this.#bySan.size + this.#globs.size === 0) return bySubject;
    const found = [...bySubject];
    if (this.#byCertificate.size > 0) found.push(...(this.#byCertificate.get(leaf.sha256) ?? none));
    if (this.#byKey.size > 0) found.push(...(this.#byKey.get(leaf.spkiSha256) ?? none));
    if (this.#bySan.size > 0) for (const key of sanKeysOf(leaf)) found.push(...(this.#bySan.get(key) ?? none));
    if (this.#globs.size > 0) for (const name of cutNamesOf(leaf)) found.push(...this.#globs.find(name));
    return found;
  }
}

function sanKeysOf(leaf: Certificate): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const name of leaf.subjectAltName ?? []) {
    const key = generalNameKey(name);
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

function append(map: Map<string, Candidate[]>, key: string, candidate: Candidate): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [candidate]);
  else known.push(candidate);
}
