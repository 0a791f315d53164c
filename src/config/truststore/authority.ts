import { ProblemError } from '../../core/problem.ts';
import type { RevocationDocument } from '../../core/registry/document.ts';
import type { AuthoritySource, Positioned } from '../../core/registry/source.ts';
import type { Name } from '../../core/x509/name.ts';
import { parseNameText } from '../../core/x509/name-text.ts';
import { type AuthorityTree, authorityShape } from '../fields/truststore.ts';
import type { FrontFiles } from '../front-files.ts';
import { folders, type Report, readDocument, readPem } from './file.ts';

export function readAuthority(
  name: string,
  files: FrontFiles,
  used: Set<string>,
  report: Report,
): AuthoritySource | undefined {
  const file = `${folders.authorities}${name}.yaml`;
  const tree = readDocument(file, authorityShape, ({ authority }) => authority, files, report);
  const pem = readPem(`${folders.authorities}${name}.pem`, { file, line: 1, column: 1 }, files, used, report);
  if (tree === undefined) return undefined;
  const issuers = issuersOf(tree, report);
  const revocation = revocationOf(tree, report);
  if (pem === undefined || revocation === undefined || (tree.issuers !== undefined && issuers === undefined))
    return undefined;
  return { name, pem, issuers, revocation, privateCa: tree.privateCa?.value, place: tree.authority.place };
}

function issuersOf(tree: AuthorityTree, report: Report): readonly Positioned<Name | string>[] | undefined {
  const issuers: Positioned<Name | string>[] = [];
  for (const { value, place } of tree.issuers?.items ?? []) {
    const hash = value.replaceAll(':', '').toLowerCase();
    if (/^[0-9a-f]{64}$/.test(hash)) {
      issuers.push({ value: hash, place });
      continue;
    }
    if (!value.includes('=')) {
      issuers.push({ value, place });
      continue;
    }
    try {
      issuers.push({ value: parseNameText(value), place });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      for (const problem of error.problems) {
        report({
          ...problem,
          place,
          allowed: 'a common name, a whole subject, or the SHA-256 of the certificate in hex',
        });
      }
    }
  }
  return tree.issuers !== undefined && issuers.length === tree.issuers.items.length ? issuers : undefined;
}

const withLists = ['missing', 'stale', 'maxAgeHours', 'exemptUnderHours', 'withoutNextUpdate'] as const;

/** Nothing about lists is left to a default: what it means that they are missing, stale or old is written beside them. */
function revocationOf({ revocation }: AuthorityTree, report: Report): RevocationDocument | undefined {
  const { none, lists, missing, stale, maxAgeHours, exemptUnderHours, withoutNextUpdate, place } = revocation;
  if (none !== undefined) {
    const stray = withLists.find((key) => revocation[key] !== undefined);
    if (stray === undefined) return { none: none.value };
    report({
      code: 'keys_exclude_each_other',
      message: `${stray} goes with lists, and none says that there are no lists`,
      place: revocation[stray]?.place,
      found: `none, ${stray}`,
      allowed: 'none alone, or lists with missing, stale and maxAgeHours',
      remedy: `remove ${stray}`,
    });
    return undefined;
  }
  if (lists !== undefined && missing !== undefined && stale !== undefined && maxAgeHours !== undefined) {
    return {
      lists: lists.items.map(({ value }) => value),
      missing: missing.value,
      stale: stale.value,
      maxAgeHours: maxAgeHours.value,
      ...(exemptUnderHours === undefined ? {} : { exemptUnderHours: exemptUnderHours.value }),
      ...(withoutNextUpdate === undefined ? {} : { withoutNextUpdate: withoutNextUpdate.value }),
    };
  }
  for (const [key, value, closed, meaning] of [
    ['missing', missing, 'missing: deny', 'what it means that no list is about a certificate: deny or allow'],
    ['stale', stale, 'stale: deny', 'what it means that a list is out of date: deny or allow'],
    ['maxAgeHours', maxAgeHours, undefined, 'how old a list may be, whatever its nextUpdate says, 1 to 8760'],
  ] as const) {
    if (value !== undefined) continue;
    report({
      code: 'key_missing',
      message: `${key} is missing: with lists it has to be written`,
      place,
      found: 'lists without it',
      allowed: `${key}: ${meaning}`,
      remedy: closed,
    });
  }
  return undefined;
}
