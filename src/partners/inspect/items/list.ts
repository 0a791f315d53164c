import { isoTime } from '../../../core/day.ts';
import { ProblemError } from '../../../core/problem.ts';
import { believe } from '../../../core/revocation/believe.ts';
import { readList } from '../../../core/revocation/list.ts';
import type { Certificate } from '../../../core/x509/certificate.ts';
import type { Finding, Item } from '../report.ts';
import { nameText } from './describe.ts';

/** A revocation list; `certificates` are those of the file, one of which may have signed it. */
export function describeList(der: Uint8Array, certificates: readonly Certificate[], at: number, line?: number): Item {
  try {
    const list = readList(der);
    const { issuer, thisUpdate, nextUpdate, crlNumber, deltaBase } = list;
    const facts: [string, string][] = [
      ['issuer', nameText(issuer)],
      ['valid', `${isoTime(thisUpdate)} to ${nextUpdate === undefined ? '(not said)' : isoTime(nextUpdate)}`],
    ];
    if (crlNumber !== undefined) facts.push(['number', crlNumber]);
    if (deltaBase !== undefined) facts.push(['kind', `changes since number ${deltaBase}`]);
    const belief = believe(der, { certificates, at });
    if (belief.ok)
      facts.push(['revoked', `${belief.believed.entries.count} certificates`], ['signature', 'by a CA of this file']);
    const findings: Finding[] = [];
    if (!belief.ok) {
      const unknown = belief.code === 'list_issuer_unknown';
      findings.push({
        severity: unknown ? 'note' : 'error',
        code: belief.code,
        message: unknown ? 'nobody here can say who signed it: its CA is not in the file' : belief.detail,
        remedy: unknown
          ? 'give the CA certificate in the same file to have its signature checked'
          : 'fetch the list again from the CA',
      });
    }
    return { kind: 'revocation-list', line, facts, findings };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const message = error.problems[0]?.message ?? 'malformed';
    const finding: Finding = {
      severity: 'error',
      code: 'list_malformed',
      message,
      remedy: 'fetch the list again from the CA',
    };
    return { kind: 'revocation-list', line, facts: [], findings: [finding] };
  }
}
