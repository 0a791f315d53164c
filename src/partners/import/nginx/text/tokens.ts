import { type Place, refuse } from '../../../../core/problem.ts';
import { endOfLuaBlock } from './lua-block.ts';

interface Word {
  readonly kind: 'word';
  readonly text: string;
  readonly place: Place;
}

export type Token = Word | { readonly kind: ';' | '{' | '}'; readonly place: Place };

/**
 * The words of a configuration as nginx itself cuts them (ngx_conf_read_token): a quotation mark counts only where a
 * word begins, `}` and `#` only there, `{` ends a word unless a `$` stands before it, and a backslash keeps whatever
 * follows together but is itself taken away before `"`, `'` and `\` only; `\t`, `\r`, `\n` are what they say.
 */
export class Tokens {
  readonly #file: string;
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  next(): Token | undefined {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === undefined) return undefined;
    const place = this.#place();
    if (first === ';' || first === '{' || first === '}') {
      this.#at += 1;
      return { kind: first, place };
    }
    const text = first === '"' || first === "'" ? this.#quoted(first, place) : this.#bare(place);
    return { kind: 'word', text: unescaped(text), place };
  }

  /** Behind the `{` of a Lua block: past its `}`. What is in it is a program, and nobody knows what it lets in. */
  skipLua(opened: Place): void {
    const end = endOfLuaBlock(this.#text, this.#at);
    if (end === undefined) malformed(opened, 'this block is never closed', 'a `}` for each `{` that is Lua');
    this.#line += this.#text.slice(this.#at, end).split('\n').length - 1;
    this.#at = end;
  }

  #place(): Place {
    return { file: this.#file, line: this.#line };
  }

  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '#') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1;
      } else if (isSpace(character)) {
        if (character === '\n') this.#line += 1;
        this.#at += 1;
      } else return;
    }
  }

  #quoted(quote: string, place: Place): string {
    const from = this.#at + 1;
    for (this.#at = from; ; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined) return malformed(place, 'this quotation is never closed', `a ${quote} at its end`);
      if (character === '\n') this.#line += 1;
      if (character === '\\') {
        this.#at += 1;
        if (this.#text[this.#at] === '\n') this.#line += 1;
      } else if (character === quote) break;
    }
    const text = this.#text.slice(from, this.#at);
    this.#at += 1;
    const next = this.#text[this.#at];
    if (next !== undefined && !isSpace(next) && next !== ';' && next !== '{' && next !== ')') {
      malformed(this.#place(), `text directly behind a closing ${quote}`, 'a space, `;`, `{` or `)`');
    }
    return text;
  }

  #bare(place: Place): string {
    const from = this.#at;
    let dollar = false;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) break;
      if (character === '{' && dollar) {
        this.#at += 1;
        continue;
      }
      if (isSpace(character) || character === ';' || character === '{') break;
      dollar = character === '$';
      if (character === '\\') {
        this.#at += 1;
        if (this.#text[this.#at] === '\n') this.#line += 1;
      }
      this.#at += 1;
    }
    const text = this.#text.slice(from, this.#at);
    // nginx takes them; nobody writes them, and no message should carry them to a terminal
    return /\p{Cc}/u.test(text.replace(/[\n\t]/g, '')) ? malformed(place, 'a control character', 'text') : text;
  }
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
};

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (all, character: string) => escapes[character] ?? all);
}

export function malformed(place: Place, message: string, allowed: string): never {
  return refuse({ code: 'nginx_malformed', message, place, allowed, remedy: 'nginx -t names the line, too' });
}
