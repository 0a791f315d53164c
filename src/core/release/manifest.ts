import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { refuse } from '../problem.ts';
import { countOf, damaged, type Fields, fieldsOf, onlyKnown, parseFields, sha256Form, textOf } from './fields.ts';

/** What a release consists of. Its canonical text is what the release's id is the SHA-256 of, so the id pins every byte. */
export interface Manifest {
  readonly format: number;
  readonly registry: ObjectDigest;
  readonly truststore: ObjectDigest;
  readonly counts: ReleaseCounts;
}

export interface ObjectDigest {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

interface ReleaseCounts {
  readonly authorities: number;
  readonly clients: number;
  readonly identities: number;
  readonly routes: number;
  /** Certificates in the truststore. */
  readonly certificates: number;
}

/**
 * The formats that this version reads: the current one and, once there is a second, the one before it, so that a
 * publisher and the deployed functions may be one version apart.
 */
const readableFormats: readonly number[] = [1];
export const currentFormat = 1;

export const digestOf = (bytes: Uint8Array): ObjectDigest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});

export const writeManifest = (manifest: Manifest): Uint8Array => new TextEncoder().encode(canonicalJson(manifest));

/** @throws ProblemError `document_damaged`, `format_unknown` */
export function parseManifest(bytes: Uint8Array): Manifest {
  const document = 'the manifest of the release';
  const fields = parseFields(bytes, document);
  const format = readableFormatOf(fields);
  onlyKnown(fields, ['format', 'registry', 'truststore', 'counts']);
  const digest = (key: string): ObjectDigest => {
    const member = fieldsOf(fields.values[key], `${document}, ${key},`);
    onlyKnown(member, ['sha256', 'bytes']);
    return { sha256: textOf(member, 'sha256', sha256Form), bytes: countOf(member, 'bytes') };
  };
  const counts = fieldsOf(fields.values.counts, `${document}, counts,`);
  const names = ['authorities', 'clients', 'identities', 'routes', 'certificates'] as const;
  onlyKnown(counts, names);
  const [authorities = 0, clients = 0, identities = 0, routes = 0, certificates = 0] = names.map((name) =>
    countOf(counts, name),
  );
  return {
    format,
    registry: digest('registry'),
    truststore: digest('truststore'),
    counts: { authorities, clients, identities, routes, certificates },
  };
}

/** The document's `format`, if this version reads it. Checked before any other member: another format may have others. */
export function readableFormatOf(fields: Fields): number {
  const format = countOf(fields, 'format', 1);
  if (readableFormats.includes(format)) return format;
  return refuse({
    code: 'format_unknown',
    message: `${fields.document} has a format that this version does not read`,
    found: String(format),
    allowed: readableFormats.join(', '),
    remedy: 'deploy the functions of the version that published it, or publish with the version that is deployed',
  });
}

/** @throws ProblemError `document_damaged` when `bytes` are not what the manifest says */
export function checkDigest(bytes: Uint8Array, expected: ObjectDigest, document: string): void {
  const found = digestOf(bytes);
  if (found.sha256 !== expected.sha256 || found.bytes !== expected.bytes)
    damaged(document, 'is not what its digest says', `${found.sha256} (${found.bytes} bytes)`, expected.sha256);
}
