import type { DecisionRecord, FailureRecord, RefusalRecord } from '../../authorize/decision-log.ts';
import type { ForwardRecord } from '../../forward/forward-log.ts';

export type LogRecord = DecisionRecord | FailureRecord | RefusalRecord | ForwardRecord;

/** Keeps the last decisions by their reference, so that a refusal just seen can be explained. */
export interface DecisionMemory {
  /** A line that one of the functions wrote. Gives the record, if it is one of ours. */
  remember(line: string): LogRecord | undefined;
  decisionOf(reference: string): DecisionRecord | undefined;
}

const MAX_DECISIONS = 1_000;

export function openDecisionMemory(): DecisionMemory {
  const decisions = new Map<string, DecisionRecord>();
  return {
    remember(line) {
      const record = parseRecord(line);
      if (record?.type === 'decision') {
        decisions.set(record.reference, record);
        const [oldest] = decisions.keys();
        if (decisions.size > MAX_DECISIONS && oldest !== undefined) decisions.delete(oldest);
      }
      return record;
    },
    decisionOf: (reference) => decisions.get(reference),
  };
}

function parseRecord(line: string): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}
