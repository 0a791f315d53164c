import { strongAlgorithms } from '../../src/core/path/algorithm-policy.ts';
import { validatePath } from '../../src/core/path/path.ts';
import { type BelievedList, believe } from '../../src/core/revocation/believe.ts';
import { compileRevocations } from '../../src/core/revocation/compile.ts';
import { openRevocations } from '../../src/core/revocation/index.ts';
import { type PathStatus, statusOf } from '../../src/core/revocation/status.ts';
import type { Certificate } from '../../src/core/x509/certificate.ts';

export interface RevocationQuestion {
  /** Leaf first, anchor last. */
  readonly path: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** DER. */
  readonly lists: readonly Uint8Array[];
  readonly at: number;
}

/** The corpus as one authority: what the lists say about a path, and why a list was not believed. */
export function statusUnder(
  path: readonly Certificate[],
  authorities: readonly Certificate[],
  lists: readonly Uint8Array[],
  when: { readonly at: number; readonly maxAgeMilliseconds?: number; readonly withoutNextUpdate?: boolean },
  anchors: readonly Certificate[] = authorities,
): { readonly status: PathStatus; readonly disbelieved: readonly string[] } {
  const believed: BelievedList[] = [];
  const disbelieved: string[] = [];
  for (const der of lists) {
    const belief = believe(der, { certificates: authorities, ...when });
    if (belief.ok) believed.push(belief.believed);
    else disbelieved.push(`${belief.code}: ${belief.detail}`);
  }
  const { bytes, unused } = compileRevocations({
    authorities: [{ name: 'corpus', certificates: authorities, lists: believed, anchors }],
  });
  const { at, maxAgeMilliseconds } = when;
  const status = statusOf({ path, authority: 'corpus', index: openRevocations(bytes), at, maxAgeMilliseconds });
  return { status, disbelieved: [...disbelieved, ...unused.map(({ code, detail }) => `${code}: ${detail}`)] };
}

/**
 * Why a path must be refused for its lists: with lists given, every certificate below the anchor needs one that says
 * `good` (RFC 5280 §6.3). In a front the CAs that may sign lists are those that the operator put into the authority; those of a
 * corpus are anybody's, so each must have a valid path to one of the anchors itself (§6.3.3 (f)).
 */
export function revocationProblemOf(question: RevocationQuestion): string | undefined {
  const { path, anchors, intermediates, lists, at } = question;
  const anchor = path.at(-1);
  const others = intermediates.filter((one) => !path.includes(one) && reaches(one, question));
  const trusted = [...path.slice(1), ...others, ...anchors.filter((one) => one !== anchor)];
  const { status, disbelieved } = statusUnder(path, trusted, lists, { at }, anchors);
  const bad = status.findings.filter((finding) => finding.status !== 'good');
  if (bad.length === 0) return undefined;
  const said = bad.map((finding) => `${finding.status}: ${finding.detail}`);
  return [...said, ...disbelieved].join('; ');
}

function reaches(leaf: Certificate, { anchors, intermediates, at }: RevocationQuestion): boolean {
  const request = { leaf, anchors, intermediates, at, purpose: null, algorithms: strongAlgorithms, leafMayBeCa: true };
  return validatePath(request).ok;
}
