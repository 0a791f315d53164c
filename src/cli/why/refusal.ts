import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseReference } from '../../core/decide/reference.ts';
import { ProblemError } from '../../core/problem.ts';
import { derFromPem } from '../../core/x509/pem.ts';
import { readRefusalFiles } from '../../local/dev/refusals.ts';
import { STATE_FOLDER } from '../../local/state-folder.ts';
import { cannotDecide } from '../terminal/failure.ts';
import { readBytesFile } from '../terminal/files.ts';
import { recordsWith } from './log-records.ts';

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

/** Where a front on AWS keeps its refusals. */
export interface RefusalPlace {
  readonly frontId: string;
  readonly region: string | undefined;
}

/** Looks a refusal up in `logFile` (an export of CloudWatch Logs in any of its forms), or in what the front's last `dev` has kept. */
export function readRefusal(
  reference: string,
  front: string,
  logFile: string | undefined,
  place: () => RefusalPlace,
): KeptRefusal {
  const texts = logFile === undefined ? readRefusalFiles(join(front, STATE_FOLDER)) : [readLog(logFile)];
  const records = texts.flatMap((text) => recordsWith(reference, text)).filter((one) => one.reference === reference);
  const record = records.find(({ type }) => type === 'refusal');
  if (record !== undefined) return refusalOf(record, reference);
  if (records.length > 0) {
    return cannotDecide(
      `the decision ${reference} is in ${logFile ?? 'the log'}, and not what it was about`,
      `export the lines of type refusal, too; there are none with functions: { keepRefusals: false }\n${exportLines(reference, place())}`,
    );
  }
  return cannotDecide(
    `no refusal with reference ${reference} in ${logFile ?? 'what `dev` has kept here'}`,
    logFile === undefined
      ? `for a front on AWS export its lines and name the file with --log FILE:\n${exportLines(reference, place())}`
      : `is it the authorizer's log group, and the right time?\n${exportLines(reference, place())}`,
  );
}

/** The log group has a name that CloudFormation ends; its beginning is the stack's. */
function exportLines(reference: string, { frontId, region = 'REGION' }: RefusalPlace): string {
  const group = `sallyport-${frontId}-front-FrontAuthorizerLog`;
  return [
    `    GROUP=$(aws logs describe-log-groups --region ${region} --log-group-name-prefix ${group} --query 'logGroups[0].logGroupName' --output text)`,
    `    aws logs filter-log-events --region ${region} --log-group-name "$GROUP" --filter-pattern ${reference} > refusals.json`,
    `    sallyport why ${reference} --log refusals.json`,
  ].join('\n');
}

/** An export to S3 is compressed. */
export function readLog(path: string): string {
  const bytes = readBytesFile(path, 'the log');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: 256 * 1024 * 1024 }).toString('utf8');
  } catch (error) {
    return cannotDecide(`${path} is compressed and damaged, or larger than 256 MB`, 'export it again, a shorter time', {
      cause: error,
    });
  }
}

function refusalOf(record: Readonly<Record<string, unknown>>, reference: string): KeptRefusal {
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

/** As the authorizer reads it: what is no PEM is an empty certificate, which the decision refuses by name. */
function derOf(pem: string): Uint8Array {
  try {
    return derFromPem(pem);
  } catch (error) {
    if (error instanceof ProblemError) return new Uint8Array(0);
    throw error;
  }
}
