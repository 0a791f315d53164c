import { edgeAlgorithms, keyProblemOf } from '../../../core/path/algorithm-policy.ts';
import { ProblemError } from '../../../core/problem.ts';
import { parseRequest } from '../containers/request.ts';
import type { Finding, Item } from '../report.ts';
import { generalNameText, keyText, listed, nameText } from './describe.ts';

export function describeRequest(der: Uint8Array, line?: number): Item {
  try {
    const { subject, publicKey, extensions, proven } = parseRequest(der);
    const facts: [string, string][] = [
      ['subject', nameText(subject)],
      ['key', keyText(publicKey)],
    ];
    if (extensions.subjectAltName !== undefined) {
      facts.push(['names', listed(extensions.subjectAltName.map(generalNameText))]);
    }
    const findings: Finding[] = [
      {
        severity: 'note',
        code: 'request_not_certificate',
        message: 'a request for a certificate: nobody has signed it yet',
        remedy: "send it to the CA, and use what the CA gives back; a front is told the certificate's subject",
      },
    ];
    const weak = keyProblemOf(publicKey, edgeAlgorithms);
    if (weak !== undefined) {
      findings.push({
        severity: 'error',
        code: weak.code,
        message: weak.detail,
        remedy: 'make a new key: RSA 2048 or P-256',
      });
    }
    if (!proven) {
      findings.push({
        severity: 'error',
        code: 'request_signature_invalid',
        message: 'it is not signed with the key that it is for',
        remedy: 'make the request again',
      });
    }
    return { kind: 'request', line, facts, findings, der };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const message = error.problems[0]?.message ?? 'malformed';
    const remedy = 'make the request again';
    return {
      kind: 'request',
      line,
      facts: [],
      findings: [{ severity: 'error', code: 'request_malformed', message, remedy }],
    };
  }
}
