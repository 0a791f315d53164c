import { asciiJson } from '../core/ascii.ts';

/**
 * One line a request: metadata only. No path, no query, no header, no byte of a body, no secret. Fields are stable: added
 * to, never renamed.
 */
export interface ForwardRecord {
  readonly format: 1;
  readonly type: 'forward';
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The decision's reference; for a refusal, which has none, API Gateway's extended request id. */
  readonly reference: string;
  /** answered: by the backend, with any status · refused: the event is not bound to a decision · failed: see `code`. */
  readonly outcome: 'answered' | 'refused' | 'failed';
  /** What the caller got. */
  readonly status: number;
  readonly client?: string;
  readonly rule?: string;
  readonly connection?: string;
  readonly code?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly durationMilliseconds: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
}

/** What is known when an exchange ends; the rest is the order's and the clock's. */
export type Told = Omit<
  ForwardRecord,
  'format' | 'type' | 'time' | 'client' | 'rule' | 'connection' | 'durationMilliseconds'
>;

/** The line of an exchange, every member by name and in the order of the line: this runs for every request. */
export function forwardRecordLine(
  startedAt: number,
  endedAt: number,
  order: Pick<ForwardRecord, 'client' | 'rule' | 'connection'> | undefined,
  told: Told,
): string {
  return forwardLineOf({
    format: 1,
    type: 'forward',
    time: new Date(startedAt).toISOString(),
    reference: told.reference,
    client: order?.client,
    rule: order?.rule,
    connection: order?.connection,
    outcome: told.outcome,
    status: told.status,
    code: told.code,
    message: told.message,
    detail: told.detail,
    remedy: told.remedy,
    requestBytes: told.requestBytes,
    responseBytes: told.responseBytes,
    durationMilliseconds: endedAt - startedAt,
  });
}

/** One line without its end, ASCII only: nothing from outside can end it or move a terminal's cursor. */
function forwardLineOf(record: ForwardRecord): string {
  return asciiJson(record);
}
