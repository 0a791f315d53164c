import { dateProblemOf } from '../path/certificate-checks.ts';
import { compileAuthority } from '../registry/compile-authority.ts';
import { isSelfSigned, issuerKey } from '../registry/issuer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { pemFromDer } from '../x509/pem.ts';
import { type BundleInput, bundleOf, certificateBlocks, type LintBundle } from './front.ts';

export interface BundleFix {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The file in canonical order: of each tree the issuing CAs first and the root last, every certificate once and below
 * everything that it has signed, trees and siblings by name. Left out is what is provably useless: exact duplicates, and
 * expired certificates of a CA of which another one (same name, same key) is valid. Comment lines (`#`) right above a
 * certificate move with it; other text goes. `now` in epoch milliseconds.
 *
 * Undefined when nothing would change, and when the file is damaged, holds anything but certificates, or would
 * afterwards have other issuers: such a file needs a person.
 */
export function fixOf(input: BundleInput, now: number): BundleFix | undefined {
  const bundle = bundleOf(input);
  const labels = [...input.text.matchAll(/-----BEGIN ([^-]*)-----/g)].map((match) => match[1]);
  if (labels.some((label) => label !== 'CERTIFICATE') || bundle.certificates.length !== labels.length) return undefined;
  const after = canonicalText(bundle, now);
  if (bundle.certificates.length === 0 || after === input.text || !keepsIssuers(input, after)) return undefined;
  return { file: input.file, before: input.text, after };
}

/** Without what `fixOf` leaves out, in its order. */
export function canonicalOrder({ chains }: LintBundle, now: number): readonly Certificate[] {
  const all = chains.certificates.map(({ certificate }) => certificate).toSorted(byName);
  const kept = all.filter((certificate) => !isUseless(certificate, all, now));
  const children = Map.groupBy(
    // A root is below nothing, although its renewal has the key that signed it.
    kept
      .filter((child) => !isSelfSigned(child))
      .flatMap((child) => chains.parents(child).map((parent) => ({ child, parent }))),
    ({ parent }) => parent,
  );
  const done = new Set<Certificate>();
  const ordered: Certificate[] = [];
  const visit = (certificate: Certificate): void => {
    if (done.has(certificate)) return;
    done.add(certificate);
    for (const { child } of children.get(certificate) ?? []) visit(child);
    ordered.push(certificate);
  };
  // From the top of each tree; what is left then goes in circles.
  for (const certificate of kept)
    if (isSelfSigned(certificate) || chains.parents(certificate).length === 0) visit(certificate);
  for (const certificate of kept) visit(certificate);
  return ordered;
}

function isUseless(certificate: Certificate, all: readonly Certificate[], now: number): boolean {
  return (
    dateProblemOf(certificate, now)?.code === 'expired' &&
    all.some((other) => issuerKey(other) === issuerKey(certificate) && dateProblemOf(other, now) === undefined)
  );
}

/** By code unit, so that no locale decides; of one CA the certificate that lasts longest first. */
function byName(a: Certificate, b: Certificate): number {
  const [left, right] = [formatName(a.subject), formatName(b.subject)];
  if (left !== right) return left < right ? -1 : 1;
  return b.notAfter - a.notAfter || (a.sha256 < b.sha256 ? -1 : 1);
}

function canonicalText(bundle: LintBundle, now: number): string {
  const comments = commentsOf(bundle);
  const text = canonicalOrder(bundle, now)
    .map((certificate) => `${comments.get(certificate.sha256) ?? ''}${pemFromDer(certificate.der)}`)
    .join('');
  // A check-out on Windows has its own line ends, and keeps them.
  return bundle.text.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

/** Of each certificate the lines with `#` right above its block; of a duplicate both. */
function commentsOf({ text, certificates }: LintBundle): ReadonlyMap<string, string> {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const comments = new Map<string, string>();
  for (const [index, { line }] of certificateBlocks(text).entries()) {
    const certificate = certificates[index]?.certificate;
    let from = line - 1;
    while (lines[from - 1]?.startsWith('#')) from -= 1;
    const above = lines
      .slice(from, line - 1)
      .map((comment) => `${comment.trimEnd()}\n`)
      .join('');
    if (certificate === undefined || above === '') continue;
    const known = comments.get(certificate.sha256) ?? '';
    if (!known.includes(above)) comments.set(certificate.sha256, known + above);
  }
  return comments;
}

/** Asked of the compiler itself, before and after: who may sign clients must not change. */
function keepsIssuers({ source, file }: BundleInput, after: string): boolean {
  if (source === undefined) return true;
  const issuersOf = (text: string): string | undefined => {
    const compiled = compileAuthority({ ...source, pem: { file, text } }, () => undefined);
    return compiled && [...new Set(compiled.issuers.map(issuerKey))].sort().join('\n');
  };
  const before = issuersOf(withoutDuplicates(source.pem.text));
  return before === undefined || before === issuersOf(after);
}

/** The compiler refuses duplicates, and their removal is all that is held against it here. */
function withoutDuplicates(text: string): string {
  return [...new Set(certificateBlocks(text).map(({ body }) => `${body}\n`))].join('');
}
