import { truststoreLimits } from '../aws-limits.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { type RegistryDocument, writeDocument } from '../registry/document.ts';
import type { Certificate } from '../x509/certificate.ts';
import { markerOf } from '../x509/marker.ts';
import { pemFromDer } from '../x509/pem.ts';
import { manifestKeyOf, registryKeyOf, truststoreKeyOf } from './layout.ts';
import { currentFormat, digestOf, type Manifest, writeManifest } from './manifest.ts';
import { withoutWithdrawn } from './reduce.ts';

export interface ReleaseSource {
  readonly document: RegistryDocument;
  /** What the edge trusts: at least every CA of the document. */
  readonly truststore: readonly Certificate[];
}

export interface CompileOptions {
  /** Local fronts only: CAs of the sample and generated twins may be in it, and lists that nothing fetches. */
  readonly allowSample?: boolean;
  /** The deployment has a key for the index of revocation lists, and reads it. */
  readonly listsAreFetched?: boolean;
  /** Only for the reduced release between two steps of a publication, which may have nobody left. */
  readonly allowEmpty?: boolean;
}

export interface Release {
  /** SHA-256 (lower-case hex) of the manifest, which holds the SHA-256 of everything else. */
  readonly id: string;
  readonly manifest: Manifest;
  /** Key → bytes. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/**
 * A release from a registry. Depends on content alone: no time, no path of this machine, no line ending (the files have
 * been parsed before), no order of files. The same content has the same id on any machine.
 *
 * @throws ProblemError `release_empty`, `truststore_too_large`, `truststore_incomplete`, `sample_certificate`, `revocation_not_fetched`
 */
export function compileRelease(source: ReleaseSource, options: CompileOptions = {}): Release {
  const { document } = source;
  const truststore = orderedByDigest(source.truststore);
  const pem = new TextEncoder().encode(truststore.map((certificate) => pemFromDer(certificate.der)).join(''));
  const problems = [
    ...(options.allowEmpty === true ? [] : emptiness(document)),
    ...tooLarge(truststore.length, pem.length),
    ...missingFrom(truststore, document),
    ...(options.allowSample === true ? [] : samples(truststore, document)),
    ...(options.allowSample === true || options.listsAreFetched === true ? [] : unfetched(document)),
  ];
  if (problems.length > 0) throw new ProblemError(problems);
  const registry = new TextEncoder().encode(writeDocument(document));
  const counted = withoutWithdrawn(document);
  const manifest: Manifest = {
    format: currentFormat,
    registry: digestOf(registry),
    truststore: digestOf(pem),
    counts: {
      authorities: counted.authorities.length,
      clients: counted.clients.length,
      identities: counted.clients.reduce((sum, client) => sum + client.identities.length, 0),
      routes: counted.routes.length,
      certificates: truststore.length,
    },
  };
  const manifestBytes = writeManifest(manifest);
  const id = digestOf(manifestBytes).sha256;
  const objects = new Map([
    [registryKeyOf(id), registry],
    [manifestKeyOf(id), manifestBytes],
    [truststoreKeyOf(id), pem],
  ]);
  return { id, manifest, objects };
}

/** By digest, each once: moving a CA to another file or renaming an authority leaves the truststore, and so the edge, alone. */
function orderedByDigest(certificates: readonly Certificate[]): readonly Certificate[] {
  const unique = new Map(certificates.map((certificate) => [certificate.sha256, certificate]));
  return [...unique.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

function emptiness(document: RegistryDocument): Problem[] {
  const missing = [
    ...(document.clients.length === 0 ? ['client'] : []),
    ...(document.authorities.length === 0 ? ['authority'] : []),
    ...(document.routes.length === 0 ? ['route'] : []),
  ];
  return missing.map((what) => ({
    code: 'release_empty',
    message: `a release without a single ${what} lets nobody in`,
    allowed: 'at least one authority, one client and one route',
    remedy:
      what === 'route'
        ? 'add a route to sallyport.yaml'
        : 'write truststore/authorities/NAME.pem with NAME.yaml, and truststore/clients/NAME.yaml',
  }));
}

function tooLarge(certificates: number, bytes: number): Problem[] {
  if (certificates <= truststoreLimits.certificates && bytes <= truststoreLimits.bytes) return [];
  return [
    {
      code: 'truststore_too_large',
      message: 'the truststore is larger than API Gateway takes',
      found: `${certificates} certificates, ${bytes} bytes`,
      allowed: `${truststoreLimits.certificates} certificates and ${truststoreLimits.bytes} bytes`,
      remedy: 'remove authorities that no client uses any more, or split the partners over two fronts',
    },
  ];
}

function missingFrom(truststore: readonly Certificate[], document: RegistryDocument): Problem[] {
  const held = new Set(truststore.map((certificate) => Buffer.from(certificate.der).toString('base64')));
  return document.authorities
    .filter((authority) => authority.certificates.some((certificate) => !held.has(certificate)))
    .map((authority) => ({
      code: 'truststore_incomplete',
      message: `the truststore lacks a certificate of the authority ${authority.name}: its clients could not connect`,
      place: authority.at,
    }));
}

/** One problem a file, however many certificates of it are made up. */
function samples(truststore: readonly Certificate[], document: RegistryDocument): Problem[] {
  const marked = truststore.filter((certificate) => markerOf(certificate) !== undefined);
  const files = filesOfCertificates(document);
  const byFile = Map.groupBy(marked, ({ der }) => files.get(Buffer.from(der).toString('base64')));
  return [...byFile]
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([file, certificates]) => ({
      code: 'sample_certificate',
      message: 'made for trying things out; whoever has the key of it could come in',
      place: { file },
      found: `certificate ${certificates.map(({ sha256 }) => sha256).join(', ')}`,
      allowed: "your partners' own certificates",
      remedy: "put your partner's CAs into truststore/authorities/NAME.pem, and remove the sample",
    }));
}

/** Base64 DER of a CA or of a pinned certificate → where it lies. */
function filesOfCertificates({ authorities, clients }: RegistryDocument): ReadonlyMap<string, string> {
  const pemOf = (yaml: string | undefined) => yaml?.replace(/\.yaml$/, '.pem') ?? '';
  return new Map([
    ...clients.flatMap(({ identities, at }) =>
      identities.flatMap((one) => (one.kind === 'certificate' ? [[one.certificate, pemOf(at.file)] as const] : [])),
    ),
    ...authorities.flatMap(({ certificates, at }) => certificates.map((der) => [der, pemOf(at.file)] as const)),
  ]);
}

/** Without a key for their index no list is ever looked up: authorities with lists would be closed, and stay so. */
function unfetched(document: RegistryDocument): Problem[] {
  return document.authorities
    .filter(({ revocation }) => 'lists' in revocation)
    .map(({ name, at }) => ({
      code: 'revocation_not_fetched',
      message: `${name} names revocation lists, and what is deployed does not read them`,
      place: at,
      allowed: 'revocation: { none: "why, and what you do instead" }',
      remedy: 'deploy first: npx cdk deploy --all makes the key for them; docs/revocation.md says what is where',
    }));
}
