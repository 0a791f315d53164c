import type { KeyObject } from 'node:crypto';
import { twinMarker } from '../../core/x509/marker.ts';
import { issueCertificate, type NameSpec } from '../../core/x509/write.ts';
import { type ExtensionSpec, extension, type GeneralNameSpec } from '../../core/x509/write-extension.ts';

export interface LeafSpec {
  readonly subject: NameSpec;
  readonly names?: readonly GeneralNameSpec[];
  readonly publicKey: KeyObject;
  /** Extensions beside those that every leaf has. */
  readonly extra?: readonly ExtensionSpec[];
  /** Absent: self-signed. */
  readonly issuer: { readonly subject: NameSpec; readonly subjectKeyIdentifier?: string } | undefined;
  readonly signingKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serial: string;
  /** Default: client authentication. */
  readonly purposes?: readonly ('clientAuth' | 'serverAuth')[];
  readonly ca?: boolean;
}

/** DER of a marked end-entity certificate (or, for the demonstration, of a CA that poses as a client). */
export function issueLeaf(spec: LeafSpec): Uint8Array {
  const { issuer } = spec;
  const extensions: ExtensionSpec[] = [
    extension.basicConstraints(spec.ca === true),
    extension.keyUsage(spec.ca === true ? ['digitalSignature', 'keyCertSign'] : ['digitalSignature']),
    extension.extendedKeyUsage(spec.purposes ?? ['clientAuth']),
    extension.subjectKeyIdentifier(spec.publicKey),
  ];
  if (issuer?.subjectKeyIdentifier !== undefined) {
    extensions.push(extension.authorityKeyIdentifier(Buffer.from(issuer.subjectKeyIdentifier, 'hex')));
  }
  if (spec.names !== undefined && spec.names.length > 0) extensions.push(extension.subjectAltName(spec.names));
  return issueCertificate(
    {
      serial: spec.serial,
      subject: spec.subject,
      issuer: issuer?.subject ?? spec.subject,
      notBefore: spec.notBefore,
      notAfter: spec.notAfter,
      publicKey: spec.publicKey,
      extensions: [...extensions, ...(spec.extra ?? []), twinMarker],
    },
    spec.signingKey,
  );
}
