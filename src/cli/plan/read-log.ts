import type { LoggedCall } from '../../core/impact/replay.ts';
import { ProblemError } from '../../core/problem.ts';
import { isRecord } from '../../core/unknown.ts';
import { derFromPem } from '../../core/x509/pem.ts';
import { cannotDecide } from '../terminal/failure.ts';
import { printable } from '../terminal/output.ts';
import { recordsWith } from '../why/log-records.ts';
import { readLog } from '../why/refusal.ts';

export interface ReadLog {
  readonly calls: readonly LoggedCall[];
  /** Places where a record begins and none can be read. */
  readonly unreadable: number;
}

/** Every decision in a log, from whatever an export has put around it; a refusal brings what its decision was about. */
export function readDecisions(path: string, front: string): ReadLog {
  const text = readLog(path);
  const records = recordsWith(needle, text);
  const begun = text.split(needle).length - 1;
  const decisions = records.filter(({ type }) => type === 'decision');
  const refusals = new Map(records.filter(({ type }) => type === 'refusal').map((one) => [one.reference, one]));
  const strange = decisions.find((one) => one.front !== front);
  if (strange !== undefined)
    return cannotDecide(
      `${path} is the log of another front: ${printable(String(strange.front))}, not ${front}`,
      "give the log of this front's authorizer",
    );
  const calls = decisions.map((one) => callOf(one, refusals.get(one.reference)));
  const read = calls.filter((call) => call !== undefined);
  if (read.length === 0)
    return cannotDecide(
      `there is no decision in ${path}`,
      'export the lines of type decision of the authorizer, or of `sallyport dev`',
    );
  return { calls: read, unreadable: begun - records.length + (calls.length - read.length) };
}

/** Each record has it once, right after its beginning. */
const needle = 'reference';

function callOf(
  { time, outcome, client, certificate, request }: Readonly<Record<string, unknown>>,
  refusal: Readonly<Record<string, unknown>> | undefined,
): LoggedCall | undefined {
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)) || (outcome !== 'allow' && outcome !== 'deny'))
    return undefined;
  if (!isRecord(request) || typeof request.method !== 'string' || typeof request.address !== 'string') return undefined;
  const { sha256, subject, issuerSha256 } = isRecord(certificate) ? certificate : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    time,
    outcome,
    client: text(client),
    sha256: text(sha256),
    subject: text(subject),
    issuerSha256: text(issuerSha256),
    request: { method: request.method, address: request.address, path: text(refusal?.path) },
    certificate: derOf(text(refusal?.certificate)),
  };
}

function derOf(pem: string | undefined): Uint8Array | undefined {
  try {
    return pem === undefined ? undefined : derFromPem(pem);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
