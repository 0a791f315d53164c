import type { Place } from '../../problem.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { IdentityDocument } from '../document.ts';
import type { Report } from '../pem-source.ts';

/** An identity as it was compiled, and who has it where. */
export interface OwnedIdentity {
  readonly client: string;
  readonly identity: IdentityDocument;
  /** Parsed, for identities of kind certificate. */
  readonly certificate?: Certificate;
  readonly place: Place;
}

/** Two identities that one certificate can have; `example` describes it. */
export function reportRivals(owner: OwnedIdentity, rival: OwnedIdentity, example: string, report: Report): void {
  const same = owner.client === rival.client;
  report({
    code: same ? 'identity_twice' : 'identity_shared',
    message: same
      ? 'the client has this identity twice'
      : `one certificate could be two clients, ${rival.client} and ${owner.client}`,
    place: owner.place,
    found: `${describe(owner.identity)}, and ${describe(rival.identity)} in ${lineOf(rival)}${same ? '' : `; for example ${example}`}`,
    allowed: 'each identity for one client',
    remedy: same
      ? 'remove one of the two'
      : `remove the identity from ${owner.client} (${lineOf(owner)}) or from ${rival.client} (${lineOf(rival)})`,
  });
}

function lineOf({ place }: OwnedIdentity): string {
  return `${place.file}:${place.line}`;
}

function describe(identity: IdentityDocument): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subject} from ${identity.authority}`;
    case 'san':
      return `${identity.san.kind} ${identity.san.value} from ${identity.authority}`;
    case 'subject-glob':
      return `subjects ${identity.subject} from ${identity.authority}`;
    case 'san-glob':
      return `${identity.san.kind} ${identity.san.value} from ${identity.authority}`;
    case 'certificate':
      return `certificate ${identity.sha256.slice(0, 16)}`;
    case 'key':
      return `key ${identity.spkiSha256.slice(0, 16)}`;
  }
}

/** A certificate that would be both clients. */
export function exampleOf(identity: IdentityDocument, signer: string): string {
  switch (identity.kind) {
    case 'certificate':
      return 'that certificate itself';
    case 'key':
      return `any certificate with that key, signed by ${signer}`;
    case 'subject':
    case 'subject-glob':
      return `a certificate with subject ${identity.subject}, signed by ${signer}`;
    case 'san':
    case 'san-glob':
      return `a certificate with ${identity.san.kind} ${identity.san.value}, signed by ${signer}`;
  }
}
