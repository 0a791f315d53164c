import { strongAlgorithms } from '../../src/core/path/algorithm-policy.ts';
import { type PathResult, validatePath } from '../../src/core/path/path.ts';
import type { PolicyRequest } from '../../src/core/path/policy-tree.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { type Certificate, parseCertificate } from '../../src/core/x509/certificate.ts';
import { oid } from '../../src/core/x509/oid.ts';
import { readPemBlocks } from '../../src/core/x509/pem.ts';
import type { CorpusRecord, Verdict } from './corpus.ts';
import { revocationProblemOf } from './path-revocation.ts';

export interface PathRecord extends CorpusRecord {
  readonly class?: 'OK' | 'H' | 'N' | 'D' | 'P' | 'W';
  readonly anchors: readonly string[];
  readonly intermediates: readonly string[];
  readonly crls?: readonly string[];
  readonly leaf: string;
  readonly at: string;
  readonly purpose: 'clientAuth' | 'serverAuth' | null;
  readonly maxDepth?: number | null;
  readonly policy?: PolicyRequest | null;
}

export function pathVerdict(record: CorpusRecord): Verdict {
  const path = record as PathRecord;
  const leaf = certificateFrom(path.leaf);
  if (leaf instanceof ProblemError) return { said: 'reject', why: leaf.message };
  const at = momentOf(path.at);
  const anchors = certificatesFrom(path.anchors);
  const intermediates = certificatesFrom(path.intermediates);
  const result = validatePath({
    leaf,
    anchors,
    intermediates,
    at,
    purpose: path.purpose ?? null,
    maxDepth: path.maxDepth ?? undefined,
    policies: policiesOf(path.policy),
    // A corpus asks about RFC 5280, so the algorithms are all that are strong, and a CA may be the end of a path.
    algorithms: strongAlgorithms,
    leafMayBeCa: true,
  });
  if (!result.ok) return { said: 'reject', why: failuresOf(result) };
  const lists = (path.crls ?? []).map(derFrom);
  if (lists.length === 0) return { said: 'accept' };
  const problem = revocationProblemOf({ path: result.path, anchors, intermediates, lists, at });
  return problem === undefined ? { said: 'accept' } : { said: 'reject', why: problem };
}

/**
 * limbo-core writes the epoch itself where limbo gives no time ("now"). Its certificates begin one second later, so that,
 * taken literally, no case of that kind could be accepted; any later moment is meant.
 */
export function momentOf(at: string): number {
  const moment = Date.parse(at);
  if (Number.isNaN(moment)) throw new Error(`no time: ${at}`);
  return moment === 0 ? Date.UTC(2026, 0, 1) : moment;
}

/** No policies at all, and the word for any policy, both mean the anyPolicy of RFC 5280 §6.1.1 (c). */
function policiesOf(policy: PolicyRequest | null | undefined): PolicyRequest | undefined {
  if (policy === null || policy === undefined) return undefined;
  const initial = (policy.initial ?? []).map((name) => (/^any-?policy$/i.test(name) ? oid.anyPolicy : name));
  return { ...policy, initial: initial.length === 0 ? undefined : initial };
}

function failuresOf(result: PathResult & { readonly ok: false }): string {
  return result.failures.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
}

function derFrom(pem: string): Uint8Array {
  const [block] = readPemBlocks(pem);
  if (block === undefined) throw new Error('a record whose PEM holds no block');
  return block.der;
}

function certificateFrom(pem: string): Certificate | ProblemError {
  try {
    return parseCertificate(derFrom(pem));
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** An anchor or intermediate that cannot be read does not exist. */
function certificatesFrom(pems: readonly string[]): Certificate[] {
  return pems.map(certificateFrom).filter((read): read is Certificate => !(read instanceof ProblemError));
}
