import type { Dispatcher } from 'undici';
import type { Header } from './headers.ts';
import type { Line } from './line.ts';

/** One attempt to send a request over one line. */
export interface Sending {
  readonly line: Line;
  readonly options: Dispatcher.DispatchOptions;
  /** How far it came: what may be done again depends on it. */
  readonly progress: { sent: boolean; begun: boolean };
  /** Epoch milliseconds. */
  now(): number;
}

/** undici's flat list of names and values, as bytes or as texts. RFC 9110 §5.5: one byte a character. */
export function pairsOf(raw: unknown): Header[] {
  if (!Array.isArray(raw)) throw new Error('undici did not give raw headers.');
  const pairs: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([textOf(raw[index]), textOf(raw[index + 1])]);
  return pairs;
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}
