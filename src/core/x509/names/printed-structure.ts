import { refuse } from '../../problem.ts';
import { show } from './attribute-text.ts';

/**
 * A name as a program shows a structure of its own, as text that the parser of names takes; undefined when it is none.
 * Python's `getpeercert()`, `<Name(…)>` of cryptography, `<X509Name object '…'>` of pyOpenSSL; JSON, and what Node prints of
 * `getPeerCertificate().subject`. All but the second have the first RDN first.
 * ProblemError `name_text_malformed` for one that is cut off or holds anything but texts.
 */
export function nameTextIn(text: string): string | undefined {
  const printed = /^<(?:Name\((.*)\)|X509Name object '(.*)')>$/s.exec(text);
  if (printed !== null) return printed[1] === undefined ? printed[2] : `rfc4514:${printed[1]}`;
  if (/^\(\s*\(\s*\(/.test(text)) return written(tuplesIn(new Tokens(text)));
  const object = /^(?:\[Object: null prototype\]\s*)?(\{.*)$/s.exec(text)?.[1];
  return object === undefined ? undefined : written(membersIn(new Tokens(object)));
}

type Attribute = readonly [type: string, value: string];

/** Everything that could mean something is escaped, so that a value stays one. */
function written(rdns: readonly (readonly Attribute[])[]): string {
  const escaped = (value: string) =>
    value.replace(/[^0-9A-Za-z]/gu, (one) => (/[\p{Cc}\u2028\u2029]/u.test(one) ? one : `\\${one}`));
  return `forward:${rdns.map((rdn) => rdn.map(([type, value]) => `${type}=${escaped(value)}`).join('+')).join(',')}`;
}

/** `((('countryName', 'NL'),), (('commonName', 'x'),))`; two pairs in one are one RDN. */
function tuplesIn(tokens: Tokens): Attribute[][] {
  const many = <T>(one: () => T): T[] => {
    const found: T[] = [];
    tokens.take('(');
    while (!tokens.takeIf(')')) {
      found.push(one());
      if (tokens.takeIf(')')) break;
      tokens.take(',');
    }
    return found;
  };
  const rdns = many(() =>
    many((): Attribute => {
      const [type, value, third] = many(() => tokens.text());
      return type === undefined || value === undefined || third !== undefined ? tokens.fail() : [type, value];
    }),
  );
  tokens.end();
  return rdns;
}

/** `{"C": "NL", "OU": ["a", "b"]}`, keys with or without quotes. */
function membersIn(tokens: Tokens): Attribute[][] {
  const rdns: Attribute[][] = [];
  tokens.take('{');
  while (!tokens.takeIf('}')) {
    const type = tokens.word();
    tokens.take(':');
    if (tokens.takeIf('[')) {
      while (!tokens.takeIf(']')) {
        rdns.push([[type, tokens.text()]]);
        if (!tokens.takeIf(',')) {
          tokens.take(']');
          break;
        }
      }
    } else rdns.push([[type, tokens.text()]]);
    if (!tokens.takeIf(',')) {
      tokens.take('}');
      break;
    }
  }
  tokens.end();
  return rdns;
}

const shortEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

class Tokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  takeIf(sign: string): boolean {
    this.#skipSpaces();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  take(sign: string): void {
    if (!this.takeIf(sign)) this.fail();
  }

  /** A key: in quotes, or a word. */
  word(): string {
    this.#skipSpaces();
    const bare = /^[A-Za-z0-9.]{1,100}/.exec(this.#text.slice(this.#at, this.#at + 100))?.[0];
    if (bare === undefined) return this.text();
    this.#at += bare.length;
    return bare;
  }

  /** In quotes of any kind, with the escapes that JavaScript, JSON and Python share. */
  text(): string {
    this.#skipSpaces();
    const quote = this.#text[this.#at] ?? '';
    if (!/^["'`]$/.test(quote)) this.fail();
    let value = '';
    for (this.#at += 1; this.#text[this.#at] !== quote; ) {
      const escaped = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^xuU]))/su.exec(
        this.#text.slice(this.#at, this.#at + 10),
      );
      if (escaped === null) {
        const one = this.#text[this.#at];
        if (one === undefined || one === '\\') this.fail();
        value += one;
        this.#at += 1;
        continue;
      }
      const [all, short, unit, wide, literal = ''] = escaped;
      const code = Number.parseInt(short ?? unit ?? wide ?? '0', 16);
      if (code > 0x10ffff) this.fail();
      value += literal === '' ? String.fromCodePoint(code) : (shortEscapes[literal] ?? literal);
      this.#at += all.length;
    }
    this.#at += 1;
    return value;
  }

  end(): void {
    this.#skipSpaces();
    if (this.#at < this.#text.length) this.fail();
  }

  fail(): never {
    return refuse({
      code: 'name_text_malformed',
      message: 'a name that looks like a structure of Python or JavaScript, and is not one',
      found: show(this.#text.slice(this.#at, this.#at + 40)),
      allowed: '(((\'commonName\', \'x\'),),) or {"CN": "x"}, whole and with texts only',
    });
  }

  #skipSpaces(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}
