import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseReference } from '../../core/decide/reference.ts';
import { ProblemError } from '../../core/problem.ts';
import { isRecord } from '../../core/unknown.ts';
import { derFromPem } from '../../core/x509/pem.ts';
import { readRefusalFiles } from '../../local/dev/refusals.ts';
import { STATE_FOLDER } from '../../local/state-folder.ts';
import { cannotDecide } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';

/** A refusal as the log kept it: enough to decide again. */
export interface KeptRefusal {
  readonly reference: string;
  readonly method: string;
  readonly path: string;
  readonly address: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** DER; empty for a PEM that is none, absent when there was no certificate. */
  readonly certificate?: Uint8Array;
}

/** The reference that `text` is, unless there is a file of that name. */
export function referenceIn(text: string): string | undefined {
  return existsSync(text) ? undefined : parseReference(text);
}

/** Looks a refusal up in `logFile` (log lines, one JSON object each), or in what the front's last `dev` has kept. */
export function readRefusal(reference: string, front: string, logFile: string | undefined): KeptRefusal {
  const texts =
    logFile === undefined ? readRefusalFiles(join(front, STATE_FOLDER)) : [readTextFile(logFile, 'the log')];
  for (const text of texts) {
    for (const line of text.split('\n')) {
      // an export may have a time or a stream's name before the object
      const found = line.includes(reference) ? refusalOf(line.slice(line.indexOf('{')), reference) : undefined;
      if (found !== undefined) return found;
    }
  }
  return cannotDecide(
    `no refusal with reference ${reference} in ${logFile ?? 'what `dev` has kept here'}`,
    logFile === undefined
      ? 'for a front on AWS export the lines of its refusal log and name the file: --log FILE'
      : 'the certificate and path stand in the log of refusals, not in that of decisions: look there',
  );
}

function refusalOf(text: string, reference: string): KeptRefusal | undefined {
  const record = parsed(text);
  if (record?.type !== 'refusal' || record.reference !== reference) return undefined;
  const { method, path, address, time, certificate } = record;
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (typeof method !== 'string' || typeof path !== 'string' || typeof address !== 'string' || Number.isNaN(at)) {
    return cannotDecide(`the log line of ${reference} is damaged`, 'export it again');
  }
  return {
    reference,
    method,
    path,
    address,
    at,
    certificate: typeof certificate === 'string' ? derOf(certificate) : undefined,
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As the authorizer reads it: what is no PEM is an empty certificate, which the decision refuses by name. */
function derOf(pem: string): Uint8Array {
  try {
    return derFromPem(pem);
  } catch (error) {
    if (error instanceof ProblemError) return new Uint8Array(0);
    throw error;
  }
}
