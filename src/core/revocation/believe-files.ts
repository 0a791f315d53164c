import { type Problem, ProblemError } from '../problem.ts';
import type { AuthorityDocument, RegistryDocument } from '../registry/document.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { readPemBlocks } from '../x509/pem.ts';
import { type BelievedList, believe } from './believe.ts';
import { type AuthorityLists, compileRevocations } from './compile.ts';
import { openRevocations, type RevocationIndex } from './index.ts';

/** Bytes of `truststore/authorities/NAME.crl` by name, of the authorities that want lists and have the file. */
export type ListFiles = ReadonlyMap<string, Uint8Array>;

/** Of an authority's lists, relative to the front's folder. */
export const listFileOf = (name: string): string => `truststore/authorities/${name}.crl`;

/**
 * What the list files beside the authorities say; undefined when no authority has one.
 * @throws ProblemError with every list that is not believed
 */
export function openFileRevocations(
  registry: RegistryDocument,
  files: ListFiles,
  at: number,
): RevocationIndex | undefined {
  const problems: Problem[] = [];
  const authorities = registry.authorities.flatMap((authority): readonly AuthorityLists[] => {
    const file = files.get(authority.name);
    if (file === undefined) return [];
    const certificates = certificatesOf(authority);
    return [{ name: authority.name, certificates, lists: believedOf(authority, file, certificates, at, problems) }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return authorities.length === 0 ? undefined : openRevocations(compileRevocations({ authorities }).bytes);
}

export function certificatesOf({ certificates }: AuthorityDocument): readonly Certificate[] {
  return certificates.map((base64) => parseCertificate(Buffer.from(base64, 'base64')));
}

/** What each list of the file says, as far as it is believed; the others become problems. */
export function believedOf(
  { name, revocation }: AuthorityDocument,
  file: Uint8Array,
  certificates: readonly Certificate[],
  at: number,
  problems: Problem[],
): readonly BelievedList[] {
  const withoutNextUpdate = 'lists' in revocation && revocation.withoutNextUpdate === 'allow';
  const found = listsIn(file, name, problems);
  if (found === undefined) return [];
  if (found.length === 0) {
    problems.push({
      code: 'list_malformed',
      message: 'there is no revocation list in this file',
      place: { file: listFileOf(name) },
      found: file.length === 0 ? 'an empty file' : `${file.length} bytes without a block X509 CRL`,
      allowed: 'one list in DER, or any number in PEM',
      remedy: 'fetch it again from the CA, or remove the file',
    });
  }
  return found.flatMap(({ der, line }) => {
    const belief = believe(der, { certificates, at, withoutNextUpdate });
    if (belief.ok) return [belief.believed];
    if (belief.lapsed !== undefined) return [belief.lapsed];
    problems.push({
      code: belief.code,
      message: 'this revocation list is not believed',
      place: { file: listFileOf(name), ...(line === undefined ? {} : { line, column: 1 }) },
      found: belief.detail,
      allowed: `a current list that is signed by a CA of ${name}.pem`,
      remedy: 'fetch it again from the CA, or remove the file',
    });
    return [];
  });
}

/** One list in DER, or any number in PEM; undefined when it is neither, which is then a problem. */
function listsIn(
  file: Uint8Array,
  name: string,
  problems: Problem[],
): readonly { readonly der: Uint8Array; readonly line?: number }[] | undefined {
  if (file[0] === 0x30) return [{ der: file }];
  try {
    return readPemBlocks(new TextDecoder().decode(file)).filter(({ label }) => label === 'X509 CRL');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const remedy = 'fetch it again from the CA, or remove the file';
    for (const problem of error.problems) {
      problems.push({ remedy, ...problem, place: { ...problem.place, file: listFileOf(name) } });
    }
    return undefined;
  }
}
