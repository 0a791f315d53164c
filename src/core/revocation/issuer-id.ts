import { hash } from 'node:crypto';
import { issuerKey } from '../registry/issuer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { verifiesSignature } from '../x509/signature.ts';

const ids = new WeakMap<Certificate, string>();

/** SHA-256 (lower-case hex) of a CA's name and key: whoever has another key is somebody else, whatever the name. */
export function issuerIdOf(ca: Certificate): string {
  const known = ids.get(ca);
  if (known !== undefined) return known;
  const id = hash('sha256', issuerKey(ca), 'hex');
  ids.set(ca, id);
  return id;
}

/**
 * Every id of the CA that holds the key of `signer`: its own, and those of the keys that it has had or will have. A CA
 * says that a key is its next one by a certificate for its own name, signed with the other key (RFC 4210 §4.4, "new with
 * old" and "old with new"); the CA above says that two keys are one CA's by certifying both under one name, which it must
 * give to one entity only (RFC 5280 §4.1.2.6): so does who signs certificates and lists with different keys. A list
 * speaks for both (§6.3.3 (f) asks for the name and the anchor). Two CAs that merely share a name stay two.
 */
export function issuerIdsOf(signer: Certificate, authority: readonly Certificate[]): readonly string[] {
  const namesakes = authority.filter((ca) => ca.subject.key === signer.subject.key);
  const found = new Map([[issuerIdOf(signer), signer]]);
  for (const known of found.values()) {
    for (const other of namesakes) {
      if (found.has(issuerIdOf(other))) continue;
      const passed = hasPassed(known, other, namesakes) || hasPassed(other, known, namesakes);
      if (passed || areCertifiedTogether(known, other, authority)) found.set(issuerIdOf(other), other);
    }
  }
  return [...found.keys()];
}

/** Whether some certificate for `to`'s key is signed with `from`'s. */
function hasPassed(from: Certificate, to: Certificate, namesakes: readonly Certificate[]): boolean {
  return namesakes.some((ca) => ca.selfIssued && ca.spkiSha256 === to.spkiSha256 && verifiesSignature(ca, from));
}

/** Whether a CA above certified both keys under the one name. */
function areCertifiedTogether(one: Certificate, other: Certificate, authority: readonly Certificate[]): boolean {
  if (one.selfIssued || one.issuer.key !== other.issuer.key) return false;
  return authority.some(
    (above) => above.subject.key === one.issuer.key && verifiesSignature(one, above) && verifiesSignature(other, above),
  );
}
