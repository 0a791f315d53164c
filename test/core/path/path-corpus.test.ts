import { strongAlgorithms } from '../../../core/path/algorithm-policy.ts';
import { validatePath } from '../../../core/path/path.ts';
import type { PolicyRequest } from '../../../core/path/policy-tree.ts';
import { ProblemError } from '../../../core/problem.ts';
import { type Certificate, parseCertificate } from '../../../core/x509/certificate.ts';
import { readPemBlocks } from '../../../core/x509/pem.ts';
import { readCases } from '../x509/vectors.ts';

interface PathCase {
  readonly id: string;
  readonly class: 'OK' | 'H' | 'N' | 'D' | 'P' | 'W';
  readonly expect: 'accept' | 'reject' | 'either';
  readonly anchors: readonly string[];
  readonly intermediates: readonly string[];
  readonly crls: readonly string[];
  readonly leaf: string;
  readonly at: string;
  readonly purpose: 'clientAuth' | 'serverAuth' | null;
  readonly maxDepth: number | null;
  readonly policy?: PolicyRequest;
}

/** Decided by a revocation list, which a path alone does not look at. */
const needsRevocation = new Set(['crl::revoked-certificate-with-crl', 'crl::issuer-missing-crlsign']);

/**
 * Decided differently on purpose: `webpki::san::unicode-emoji-san` has a dNSName that is no IA5String, which the case's own
 * text calls forbidden; BoringSSL's `subjectaltname_dns_not_ascii` is the same and must be refused, so the reader does.
 */
const refusedByTheReader = new Set(['webpki::san::unicode-emoji-san']);

/**
 * The corpus writes the epoch itself where limbo gives no time ("now"). Its certificates begin one second later, so that,
 * taken literally, no case of that kind could be accepted; any later moment is meant.
 */
function momentOf(at: string): number {
  const moment = Date.parse(at);
  return moment === 0 ? Date.UTC(2026, 0, 1) : moment;
}

/** An anchor or intermediate that cannot be read does not exist; a leaf that cannot be read is refused. */
function parsed(pems: readonly string[]): Certificate[] {
  return pems.flatMap((pem) => {
    const certificate = parsedOne(pem);
    return certificate === undefined ? [] : [certificate];
  });
}

function parsedOne(pem: string): Certificate | undefined {
  try {
    const [block] = readPemBlocks(pem);
    return block === undefined ? undefined : parseCertificate(block.der);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function accepts(record: PathCase): boolean {
  const leaf = parsedOne(record.leaf);
  if (leaf === undefined) return false;
  return validatePath({
    leaf,
    anchors: parsed(record.anchors),
    intermediates: parsed(record.intermediates),
    at: momentOf(record.at),
    purpose: record.purpose,
    maxDepth: record.maxDepth ?? undefined,
    policies: record.policy,
    algorithms: strongAlgorithms,
    leafMayBeCa: true,
  }).ok;
}

const records = readCases<PathCase>('limbo-core.ndjson.gz');

(records === undefined ? test.skip : test)('limbo-core: no bypass is accepted and no valid path refused', () => {
  if (records === undefined) return;
  const falseAccepts: string[] = [];
  const falseRejects: string[] = [];
  const lenient: string[] = [];
  let slowest = { id: '', milliseconds: 0 };
  for (const record of records) {
    const started = performance.now();
    const accepted = accepts(record);
    const milliseconds = performance.now() - started;
    if (milliseconds > slowest.milliseconds) slowest = { id: record.id, milliseconds };
    if (needsRevocation.has(record.id)) continue;
    if (refusedByTheReader.has(record.id)) expect(parsedOne(record.leaf)).toBeUndefined();
    if (accepted && record.expect === 'reject') falseAccepts.push(record.id);
    if (!accepted && record.expect === 'accept' && !refusedByTheReader.has(record.id)) falseRejects.push(record.id);
    if (accepted && record.expect === 'either') lenient.push(record.id);
  }
  console.log(
    [
      `${records.length} cases, ${needsRevocation.size} of them for revocation`,
      `false accepts ${falseAccepts.length}, false rejects ${falseRejects.length}`,
      `slowest ${slowest.id}: ${slowest.milliseconds.toFixed(1)} ms`,
      `profile violations let through (${lenient.length}): ${lenient.join(', ')}`,
    ].join('\n'),
  );
  expect({ falseAccepts, falseRejects }).toEqual({ falseAccepts: [], falseRejects: [] });
});
