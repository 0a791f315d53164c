/** A regular expression that is nothing but texts: which, and whether they are the whole of what is compared. */
export interface SimpleRegex {
  readonly starts: boolean;
  readonly ends: boolean;
  readonly texts: readonly string[];
}

const maximumTexts = 100;

/** Literal characters, escaped ones, and groups of alternatives of them: `^(GET|POST)$`. Undefined for everything else. */
export function simpleRegex(expression: string): SimpleRegex | undefined {
  const starts = expression.startsWith('^');
  const ends = expression.endsWith('$') && !/(?:^|[^\\])(?:\\\\)*\\\$$/.test(expression);
  const inner = expression.slice(starts ? 1 : 0, ends ? -1 : undefined);
  const pieces = inner.match(/\((?:\?:)?[^()]*\)|(?:\\.|[^()\\])+|[()\\]/gs) ?? [];
  let texts = [''];
  for (const piece of pieces) {
    const group = /^\((?:\?:)?([^()]*)\)$/s.exec(piece);
    const choices = (group === null ? [piece] : (group[1] ?? '').split('|')).map(literal);
    if (choices.includes(undefined)) return undefined;
    texts = texts.flatMap((text) => choices.map((choice) => `${text}${choice}`));
    if (texts.length > maximumTexts) return undefined;
  }
  return { starts, ends, texts };
}

/** Of an escaped letter or digit nobody needs to know here what it means. */
function literal(text: string): string | undefined {
  const rest = text.replace(/\\[^A-Za-z0-9]/g, '');
  if (/[.^$*+?()[\]{}|\\]/.test(rest)) return undefined;
  return text.replace(/\\([^A-Za-z0-9])/g, '$1');
}

/** What nginx says of `~` or `~*` with a value; undefined: nobody knows. Case is only folded within ASCII, as there. */
export function matchesRegex(expression: string, ignoresCase: boolean, value: string): boolean | undefined {
  const simple = simpleRegex(expression);
  if (simple === undefined || (ignoresCase && /[^\x20-\x7e]/.test(value + expression))) return undefined;
  const fold = (text: string) => (ignoresCase ? text.toLowerCase() : text);
  const whole = fold(value);
  return simple.texts.map(fold).some((text) => {
    if (simple.starts && simple.ends) return whole === text;
    if (simple.starts) return whole.startsWith(text);
    return simple.ends ? whole.endsWith(text) : whole.includes(text);
  });
}
