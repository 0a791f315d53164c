import { type Place, type Problem, ProblemError } from '../problem.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { readPemBlocks } from '../x509/pem.ts';
import type { PemSource } from './source.ts';

export type Report = (problem: Problem) => void;

export interface PlacedCertificate {
  readonly certificate: Certificate;
  readonly place: Place;
}

/** A PEM file → its certificates in order, or undefined when anything in it is wrong. All problems are reported. */
export function readCertificates(pem: PemSource, report: Report): readonly PlacedCertificate[] | undefined {
  const key = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----/.exec(pem.text);
  if (key !== null) {
    report({
      code: 'private_key_in_file',
      message: 'a private key is in a file that is reviewed, copied and published',
      place: { file: pem.file, line: pem.text.slice(0, key.index).split('\n').length, column: 1 },
      found: key[1],
      allowed: 'certificates only',
      remedy: `remove the key from ${pem.file} and from the history, and have a new key made: this one is known now`,
    });
    return undefined;
  }
  const certificates: PlacedCertificate[] = [];
  let complete = true;
  const placed = (error: unknown, line?: number): void => {
    if (!(error instanceof ProblemError)) throw error;
    complete = false;
    for (const problem of error.problems) {
      report({ ...problem, place: { ...problem.place, file: pem.file, line: problem.place?.line ?? line } });
    }
  };
  try {
    for (const block of readPemBlocks(pem.text)) {
      const place = { file: pem.file, line: block.line, column: 1 };
      if (block.label !== 'CERTIFICATE') {
        complete = false;
        report({
          code: 'pem_label',
          message: 'this PEM block is no certificate',
          place,
          found: block.label,
          allowed: 'CERTIFICATE',
          remedy: 'remove the block',
        });
        continue;
      }
      try {
        certificates.push({ certificate: parseCertificate(block.der), place });
      } catch (error) {
        placed(error, block.line);
      }
    }
  } catch (error) {
    placed(error);
  }
  return complete ? certificates : undefined;
}
