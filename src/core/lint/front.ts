import { compileAuthority } from '../registry/compile-authority.ts';
import { isSelfSigned, issuerKey } from '../registry/issuer.ts';
import { type PlacedCertificate, readCertificates } from '../registry/pem-source.ts';
import type { AuthoritySource, ClientSource, RouteSource } from '../registry/source.ts';
import type { Certificate } from '../x509/certificate.ts';
import { Chains } from './chains.ts';

/** One file of CAs as it lies on the disk, byte order mark included. */
export interface BundleInput {
  readonly authority: string;
  readonly file: string;
  readonly text: string;
  /** Absent when the YAML file beside it could not be read. */
  readonly source?: AuthoritySource;
}

/** Another front that somebody compares with: the same CA in production and in a test is what one looks for. */
export interface OtherFront {
  /** As the person named it. */
  readonly folder: string;
  readonly stage: 'production' | 'test';
  readonly bundles: readonly BundleInput[];
}

export interface LintInput {
  /** Absent when sallyport.yaml could not be read. */
  readonly stage?: 'production' | 'test';
  readonly bundles: readonly BundleInput[];
  readonly clients: readonly ClientSource[];
  /** Files of clients have problems: what the others do not use, they may. */
  readonly hasUnreadClients?: boolean;
  /** Absent when sallyport.yaml could not be read. */
  readonly routes?: readonly RouteSource[];
  readonly others?: readonly OtherFront[];
}

export interface LintCertificate extends PlacedCertificate {
  /** Of an authority; absent = a client's own certificate, registered exactly. */
  readonly bundle?: LintBundle;
}

export interface LintBundle extends BundleInput {
  /** Those that parse, in the order of the file, duplicates included. */
  readonly certificates: readonly LintCertificate[];
  readonly chains: Chains;
  /** The CAs that may sign clients. */
  readonly issuers: readonly Certificate[];
}

export interface LintClient {
  readonly source: ClientSource;
  /** Its exactly registered certificates. */
  readonly pinned: readonly LintCertificate[];
}

export interface LintFront {
  readonly stage?: 'production' | 'test';
  readonly bundles: readonly LintBundle[];
  readonly clients: readonly LintClient[];
  readonly hasUnreadClients: boolean;
  readonly routes: readonly RouteSource[];
  readonly others: readonly OtherFront[];
}

const ignore = (): void => undefined;

/** What lies in the folder, read as far as it can be read: a damaged block hides nothing of the others. */
export function lintFrontOf(input: LintInput): LintFront {
  return {
    stage: input.stage,
    bundles: input.bundles.map(bundleOf),
    clients: input.clients.map((source) => ({ source, pinned: pinnedOf(source) })),
    hasUnreadClients: input.hasUnreadClients ?? false,
    routes: input.routes ?? [],
    others: input.others ?? [],
  };
}

export function bundleOf(input: BundleInput): LintBundle {
  const placed = readPlaced(input.text, input.file);
  const chains = new Chains(placed);
  const certificates: LintCertificate[] = [];
  const bundle = { ...input, certificates, chains, issuers: issuersOf(input, chains) };
  for (const each of placed) certificates.push({ ...each, bundle });
  return bundle;
}

/** Block by block, so that one that is damaged costs only itself. */
export function readPlaced(text: string, file: string): readonly PlacedCertificate[] {
  return certificateBlocks(text).flatMap(({ body, line }) =>
    (readCertificates({ file, text: body }, ignore) ?? []).map(({ certificate }) => ({
      certificate,
      place: { file, line, column: 1 },
    })),
  );
}

/** The blocks of certificates as text, each with its first line. */
export function certificateBlocks(text: string): readonly { readonly body: string; readonly line: number }[] {
  const blocks: { body: string; line: number }[] = [];
  let line = 1;
  let seen = 0;
  for (const match of text.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)) {
    line += text.slice(seen, match.index).split('\n').length - 1;
    seen = match.index;
    blocks.push({ body: match[0], line });
  }
  return blocks;
}

/** As compiled; in a file that does not compile, those that issue no other CA. */
function issuersOf({ source }: BundleInput, chains: Chains): readonly Certificate[] {
  const compiled = source === undefined ? undefined : compileAuthority(source, ignore);
  if (compiled === undefined) return chains.lowest();
  const keys = new Set(compiled.issuers.map(issuerKey));
  return chains.certificates.map(({ certificate }) => certificate).filter((ca) => keys.has(issuerKey(ca)));
}

function pinnedOf(client: ClientSource): readonly LintCertificate[] {
  return client.identities.flatMap((identity) =>
    identity.kind === 'certificate' ? readPlaced(identity.pem.text, identity.pem.file) : [],
  );
}

/** A CA by what it says or by what it does: basicConstraints, keyCertSign, or a signature on another certificate of the file. */
export function actsAsCa({ certificate, bundle }: LintCertificate): boolean {
  return (
    certificate.basicConstraints?.ca === true ||
    certificate.keyUsage?.has('keyCertSign') === true ||
    (bundle?.chains.certificates.some(
      (other) => other.certificate !== certificate && bundle.chains.parents(other.certificate).includes(certificate),
    ) ??
      false)
  );
}

export function isRoot({ certificate }: LintCertificate): boolean {
  return isSelfSigned(certificate);
}
