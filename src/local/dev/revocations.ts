import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayMilliseconds } from '../../core/day.ts';
import { type Problem, ProblemError, refuse } from '../../core/problem.ts';
import type { AuthorityDocument, RegistryDocument } from '../../core/registry/document.ts';
import { believe } from '../../core/revocation/believe.ts';
import { believedOf, certificatesOf, type ListFiles, listFileOf } from '../../core/revocation/believe-files.ts';
import { type AuthorityLists, compileRevocations } from '../../core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../core/revocation/index.ts';
import { issuerIdOf } from '../../core/revocation/issuer-id.ts';
import { issueList } from '../../core/x509/write-crl.ts';
import { hasCode } from '../../folder/system-error.ts';
import type { Twins } from '../twins/twins.ts';

export function readListFiles(folder: string, registry: RegistryDocument): ListFiles {
  const files = new Map<string, Uint8Array>();
  for (const { name, revocation } of registry.authorities) {
    if ('none' in revocation) continue;
    try {
      files.set(name, readFileSync(join(folder, listFileOf(name))));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) continue;
      refuse({
        code: 'file_unreadable',
        message: 'the revocation lists of this authority cannot be read',
        place: { file: listFileOf(name) },
        found: error instanceof Error ? error.message.replace(/,.*/, '') : String(error),
        allowed: 'one list in DER, or any number in PEM',
        remedy: 'fetch it again from the CA, or remove it',
      });
    }
  }
  return files;
}

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
    const twinId = (id: string): readonly string[] => {
      const ca = twinIds.get(id);
      return ca === undefined ? [] : [issuerIdOf(ca)];
    };
    const lists = believedOf(authority, file, originals, now(), problems).map((list) => ({
      ...list,
      issuers: list.issuers.flatMap(twinId),
      signer: twinId(list.signer)[0] ?? list.signer,
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

/** For every twin CA a list of its own, signed by it. One that may not sign lists has none, as in earnest. */
function nobodyRevoked(authority: AuthorityDocument, twins: Twins, at: number): AuthorityLists {
  const certificates = certificatesOf(authority);
  const thisUpdate = at - refreshMilliseconds;
  const lists = certificates.flatMap((ca) => {
    const spec = { issuer: ca.subject, thisUpdate, nextUpdate: at + dayMilliseconds };
    const belief = believe(issueList(spec, twins.signingKeyOf(ca)), { certificates, at });
    return belief.ok ? [belief.believed] : [];
  });
  return { name: authority.name, certificates, lists };
}
