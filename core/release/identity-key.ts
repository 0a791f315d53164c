import type { IdentityDocument } from '../registry/document.ts';

/** Equal keys ⇔ the same identity, however it was written. */
export function keyOfIdentity(identity: IdentityDocument): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.authority} ${identity.subjectKey}`;
    case 'san':
      return `san ${identity.authority} ${identity.san.kind} ${identity.san.value}`;
    case 'certificate':
      return `certificate ${identity.sha256}`;
    case 'key':
      return `key ${identity.authority ?? ''} ${identity.spkiSha256}`;
  }
}

/** For people. */
export function describeIdentity(identity: IdentityDocument): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subject} of ${identity.authority}`;
    case 'san':
      return `${identity.san.kind} name ${identity.san.value} of ${identity.authority}`;
    case 'certificate':
      return `certificate ${identity.sha256}`;
    case 'key':
      return `key ${identity.spkiSha256}${identity.authority === undefined ? '' : ` of ${identity.authority}`}`;
  }
}
