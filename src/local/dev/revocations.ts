import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, ProblemError } from '../../core/problem.ts';
import type { AuthorityDocument, RegistryDocument } from '../../core/registry/document.ts';
import { type BelievedList, believe } from '../../core/revocation/believe.ts';
import { type AuthorityLists, compileRevocations } from '../../core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../core/revocation/index.ts';
import { issuerIdOf } from '../../core/revocation/issuer-id.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { readPemBlocks } from '../../core/x509/pem.ts';
import { issueList } from '../../core/x509/write-crl.ts';
import { hasCode } from '../system-error.ts';
import type { Twins } from '../twins/twins.ts';

/** Bytes of `truststore/authorities/NAME.crl` by name, of the authorities that want lists and have the file. */
export type ListFiles = ReadonlyMap<string, Uint8Array>;

export function readListFiles(folder: string, registry: RegistryDocument): ListFiles {
  const files = new Map<string, Uint8Array>();
  for (const { name, revocation } of registry.authorities) {
    if ('none' in revocation) continue;
    try {
      files.set(name, readFileSync(join(folder, fileOf(name))));
    } catch (error) {
      // src/config/folder.ts has been over the folder: a file is there and readable, or it is not there
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return files;
}

const fileOf = (name: string): string => `truststore/authorities/${name}.crl`;
const refreshMilliseconds = 10 * 60_000;

/**
 * What the lists say about the twins. The list file of an authority is verified under the authority's own CAs and then
 * counts for their twins, which have their names and serial numbers. Without a file each CA has a current list that
 * revokes nobody, so that a front runs on a laptop that cannot reach the lists.
 *
 * @throws ProblemError with every list that is not believed; one that is merely out of date is stale
 */
export function openDevRevocations(
  registry: RegistryDocument,
  files: ListFiles,
  twins: Twins,
  now: () => number,
): () => RevocationIndex {
  const problems: Problem[] = [];
  const fromFiles = registry.authorities.flatMap((authority, index): readonly AuthorityLists[] => {
    const file = files.get(authority.name);
    const twin = twins.config.registry.authorities[index];
    if (file === undefined || twin === undefined) return [];
    const originals = certificatesOf(authority);
    const certificates = certificatesOf(twin);
    const twinIds = new Map(originals.map((ca, at) => [issuerIdOf(ca), certificates[at]]));
    const lists = believedOf(authority, file, originals, now(), problems).map((list) => ({
      ...list,
      issuers: list.issuers.flatMap((id) => {
        const ca = twinIds.get(id);
        return ca === undefined ? [] : [issuerIdOf(ca)];
      }),
    }));
    return [{ name: authority.name, certificates, lists }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
  const made = twins.config.registry.authorities.filter(
    ({ name, revocation }) => !('none' in revocation) && !files.has(name),
  );
  let index: { readonly at: number; readonly opened: RevocationIndex } | undefined;
  return () => {
    const at = now();
    if (index === undefined || at < index.at || at - index.at > refreshMilliseconds) {
      const authorities = [...fromFiles, ...made.map((authority) => nobodyRevoked(authority, twins, at))];
      index = { at, opened: openRevocations(compileRevocations({ authorities }).bytes) };
    }
    return index.opened;
  };
}

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

function certificatesOf({ certificates }: AuthorityDocument): readonly Certificate[] {
  return certificates.map((base64) => parseCertificate(Buffer.from(base64, 'base64')));
}

function believedOf(
  { name, revocation }: AuthorityDocument,
  file: Uint8Array,
  certificates: readonly Certificate[],
  at: number,
  problems: Problem[],
): readonly BelievedList[] {
  const withoutNextUpdate = 'lists' in revocation && revocation.withoutNextUpdate === 'allow';
  return listsIn(file).flatMap(({ der, line }) => {
    const belief = believe(der, { certificates, at, withoutNextUpdate });
    if (belief.ok) return [belief.believed];
    if (belief.lapsed !== undefined) return [belief.lapsed];
    problems.push({
      code: belief.code,
      message: 'this revocation list is not believed',
      place: { file: fileOf(name), ...(line === undefined ? {} : { line, column: 1 }) },
      found: belief.detail,
      allowed: `a current list that is signed by a CA of ${name}.pem`,
      remedy: 'fetch it again from the CA, or remove the file',
    });
    return [];
  });
}

/** One list in DER, or any number in PEM. */
function listsIn(file: Uint8Array): readonly { readonly der: Uint8Array; readonly line?: number }[] {
  if (file[0] === 0x30) return [{ der: file }];
  return readPemBlocks(new TextDecoder().decode(file)).filter(({ label }) => label === 'X509 CRL');
}

/** For every twin CA a list of its own, signed by it. One that may not sign lists has none, as in earnest. */
function nobodyRevoked(authority: AuthorityDocument, twins: Twins, at: number): AuthorityLists {
  const certificates = certificatesOf(authority);
  const thisUpdate = at - refreshMilliseconds;
  const lists = certificates.flatMap((ca) => {
    const spec = { issuer: ca.subject, thisUpdate, nextUpdate: at + 24 * 3_600_000 };
    const belief = believe(issueList(spec, twins.signingKeyOf(ca)), { certificates, at });
    return belief.ok ? [belief.believed] : [];
  });
  return { name: authority.name, certificates, lists };
}
