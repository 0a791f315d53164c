import { asciiJson } from '../core/ascii.ts';
import type { Decision } from '../core/decide/decide.ts';
import { type CertificateRecord, shortened } from '../core/decide/known-certificate.ts';
import { type Reason, reasonOf } from '../core/decide/reasons.ts';
import { type Place, ProblemError } from '../core/problem.ts';

/**
 * The schema of the log: one JSON object a line, `format` first. Fields are stable: added to, never renamed.
 * Metadata only: no path, no header, no certificate. Those of a refusal stand in a `refusal` record, which can be off.
 */
export interface DecisionRecord {
  readonly format: 1;
  readonly type: 'decision';
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly reference: string;
  /** The front's id. */
  readonly front: string;
  readonly stage: string;
  readonly outcome: 'allow' | 'deny';
  readonly client?: string;
  readonly authority?: string;
  readonly rule?: string;
  readonly route?: string;
  readonly reasons?: readonly ReasonRecord[];
  readonly certificate?: CertificateRecord;
  readonly request: { readonly method: string; readonly address: string };
  /** SHA-256 of the registry that decided. */
  readonly release: string;
  readonly durationMilliseconds: number;
}

interface ReasonRecord {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly client?: string;
  readonly authority?: string;
  readonly found?: string;
  readonly expected?: string;
  readonly at?: Place;
}

/** What `why REFERENCE` needs to decide again. */
export interface RefusalRecord {
  readonly format: 1;
  readonly type: 'refusal';
  readonly time: string;
  readonly reference: string;
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly certificate?: string;
}

/** The function could not decide: the caller got 500. */
export interface FailureRecord {
  readonly format: 1;
  readonly type: 'failure';
  readonly time: string;
  readonly code: string;
  readonly message: string;
}

/** The line for something that failed at `at` (epoch ms). */
export function failureLineOf(error: unknown, at: number): string {
  const problem = error instanceof ProblemError ? error.problems[0] : undefined;
  return logLineOf({
    format: 1,
    type: 'failure',
    time: new Date(at).toISOString(),
    code: problem?.code ?? 'unexpected',
    message: error instanceof Error ? error.message : 'not an Error',
  });
}

/** What a decision was about, beside the decision itself. Times in epoch milliseconds. */
export interface DecisionContext {
  readonly reference: string;
  readonly front: string;
  readonly stage: string;
  readonly release: string;
  readonly method: string;
  readonly address: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** DER of the certificate, of which the decision may have kept nothing. */
  octets(): Uint8Array | undefined;
}

/** Subjects and paths come from outside and may be long; the refusal record has them in full. */
export const maximumTextLength = 512;

export function decisionRecordOf(decision: Decision, context: DecisionContext): DecisionRecord {
  const head = {
    format: 1,
    type: 'decision',
    time: new Date(context.startedAt).toISOString(),
    reference: context.reference,
    front: context.front,
    stage: context.stage,
    outcome: decision.outcome,
    client: decision.client?.name,
    authority: decision.authority,
  } as const;
  const tail = {
    certificate: decision.certificate?.record(context.octets),
    request: { method: shortened(context.method, maximumTextLength), address: context.address },
    release: context.release,
    durationMilliseconds: context.endedAt - context.startedAt,
  };
  return decision.outcome === 'allow'
    ? { ...head, rule: decision.rule.id, route: decision.route.id, ...tail }
    : { ...head, reasons: decision.reasons.map(reasonRecordOf), ...tail };
}

function reasonRecordOf(reason: Reason): ReasonRecord {
  const { message, remedy } = reasonOf(reason.code);
  return {
    code: reason.code,
    message,
    remedy,
    client: reason.client,
    authority: reason.authority,
    found: reason.found === undefined ? undefined : shortened(reason.found, maximumTextLength),
    expected: reason.expected === undefined ? undefined : shortened(reason.expected, maximumTextLength),
    at: reason.at,
  };
}

/**
 * The record as one line without its end. ASCII only and in JSON, so that no subject, path or method can end the line,
 * begin another record, or move a terminal's cursor.
 */
export function logLineOf(record: DecisionRecord | RefusalRecord | FailureRecord): string {
  return asciiJson(record);
}
