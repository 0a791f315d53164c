import { isRecord } from '../../core/unknown.ts';

/** A record is short but for its certificate, and a reference stands near its beginning. */
const maximumRecordCharacters = 262_144;
const maximumLeadCharacters = 16_384;

/**
 * The records of our log that hold `needle`, from whatever an export has put around them: lines, `aws logs tail` with times and
 * streams, the JSON, text and YAML of `filter-log-events`, `get-log-events` and Insights, the console's CSV, Lambda's own JSON
 * around a message. None of these is read as what it is: the object that stands around the needle is taken, and what its writer
 * did to quotes is undone.
 */
export function recordsWith(needle: string, text: string): readonly Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
    const record = recordAround(text, at);
    if (record !== undefined) found.push(record);
  }
  return found;
}

function recordAround(text: string, at: number): Readonly<Record<string, unknown>> | undefined {
  const start = text.lastIndexOf('{', at);
  if (start === -1 || at - start > maximumLeadCharacters) return undefined;
  const region = text.slice(start, start + maximumRecordCharacters);
  for (const undo of undoings) {
    const whole = objectAtStart(undo(region));
    const value = whole === undefined ? undefined : parsed(whole);
    if (isRecord(value)) return value;
  }
  return undefined;
}

/** A string inside JSON, or inside JSON inside JSON. */
const unescaped = (text: string) => text.replace(/\\(["\\/])/g, '$1');
/** YAML folds long lines at spaces. */
const unfolded = (text: string) => text.replace(/\r?\n\s+/g, ' ');

const undoings: readonly ((text: string) => string)[] = [
  (text) => text,
  unescaped,
  (text) => unescaped(unescaped(text)),
  // CSV doubles a quote, YAML a single one
  (text) => text.replaceAll('""', '"'),
  (text) => unfolded(text).replaceAll("''", "'"),
  (text) => unescaped(unfolded(text)),
];

/** From its first character to the brace that closes it; undefined when none does. */
function objectAtStart(text: string): string | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '{') depth += 1;
    else if (!quoted && character === '}') {
      depth -= 1;
      if (depth === 0) return text.slice(0, at + 1);
    }
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
