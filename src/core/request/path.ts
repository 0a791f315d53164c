import { asciiJson } from '../ascii.ts';
import { refuse } from '../problem.ts';

export type Admission = 'semicolon' | 'encoded-slash';

/** What a route may let through in writing because its backend needs it. Nothing else of the grammar bends. */
export const ADMISSIONS: readonly Admission[] = ['semicolon', 'encoded-slash'];

/** A path that passed the grammar. Every part of the product that looks at a path takes this, never the text. */
export interface RequestPath {
  /** The bytes as they came, ASCII only. */
  readonly raw: string;
  /** Percent-decoded, one per raw segment; `/` has none. What rules compare, case-sensitively. */
  readonly segments: readonly string[];
  readonly rawSegments: readonly string[];
  /** `/orders/` is another path than `/orders`. The root `/` counts as having none. */
  readonly trailingSlash: boolean;
  /** What the path needs a route to admit; empty for nearly all. */
  readonly needs: readonly Admission[];
}

export const MAXIMUM_PATH_BYTES = 1500;

/** Each rule of the grammar: what a path must not have, in words for the person who has to change the caller. */
const rules = {
  start: 'a path starts with "/"',
  length: `a path is at most ${MAXIMUM_PATH_BYTES} bytes long`,
  'not-ascii': 'bytes outside ASCII must be percent-encoded',
  control: 'control characters are never part of a path, encoded or not',
  query: '"?" and "#" end a path and are not part of one, encoded or not',
  backslash: '"\\" is read as "/" by some servers and is never part of a path, encoded or not',
  semicolon: '";" starts parameters that some servers cut off; only a route with `admits: [semicolon]` takes it',
  'encoded-semicolon': 'an encoded ";" is never part of a path',
  'encoded-slash':
    'an encoded "/" is a separator for some servers; only a route with `admits: [encoded-slash]` takes it',
  'encoded-percent': 'an encoded "%" hides a second layer of encoding',
  character: "a path has letters, digits and -._~!$&'()*+,=:@ only; others must be percent-encoded (RFC 3986 §3.3)",
  'percent-sign': '"%" must be followed by two hexadecimal digits',
  utf8: 'percent-encoded bytes must be shortest-form UTF-8 (RFC 3629)',
  'dot-segment': '"." and ".." segments are refused, never resolved, encoded or not',
  'empty-segment': 'empty segments ("//") are refused, never merged',
} as const;
type PathRule = keyof typeof rules;

/** Byte → what it may be in a path. Only PLAIN needs no further look. */
const PLAIN = 0;
const SLASH = 1;
const PERCENT = 2;
const REFUSED = 3;
const classes = new Uint8Array(128).fill(REFUSED);
// unreserved, sub-delims without ";", ":" and "@": the pchar of RFC 3986 §3.3
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@") {
  classes[character.charCodeAt(0)] = PLAIN;
}
classes[0x2f] = SLASH;
classes[0x25] = PERCENT;

const NONE: readonly Admission[] = [];

/**
 * The one path grammar, for authorizer, forwarder and `serve`. It refuses and never normalises: whatever gets through
 * means the same to every server behind us.
 *
 * @param raw the path as it stood in the request line, without the query
 * @throws ProblemError `path_malformed`, saying which rule and at which byte
 */
export function parseRequestPath(raw: string, admits: readonly Admission[] = NONE): RequestPath {
  if (raw.charCodeAt(0) !== 0x2f) fail('start', raw, 0);
  if (raw.length > MAXIMUM_PATH_BYTES) fail('length', raw, MAXIMUM_PATH_BYTES);
  const segments: string[] = [];
  const rawSegments: string[] = [];
  let needs = NONE;
  let start = 1;
  let plain = true;
  for (let index = 1; index <= raw.length; index += 1) {
    const byte = index === raw.length ? 0x2f : raw.charCodeAt(index);
    const kind = byte < 128 ? classes[byte] : REFUSED;
    if (kind === PLAIN) continue;
    if (kind === SLASH) {
      if (index === start) {
        if (index < raw.length) fail('empty-segment', raw, index);
        break;
      }
      const rawSegment = raw.slice(start, index);
      const segment = plain ? rawSegment : decodeSegment(raw, start, index);
      if (isDotSegment(segment, raw, start)) fail('dot-segment', raw, start);
      rawSegments.push(rawSegment);
      segments.push(segment);
      start = index + 1;
      plain = true;
    } else {
      const rule = kind === PERCENT ? ruleOfEscape(raw, index) : ruleOfCharacter(byte);
      if (rule === 'semicolon' || rule === 'encoded-slash') {
        if (!admits.includes(rule)) fail(rule, raw, index);
        if (!needs.includes(rule)) needs = [...needs, rule];
      } else if (rule !== undefined) fail(rule, raw, index);
      if (kind === PERCENT) index += 2;
      plain = false;
    }
  }
  return { raw, segments, rawSegments, trailingSlash: start === raw.length && segments.length > 0, needs };
}

function ruleOfCharacter(byte: number): PathRule {
  if (byte > 0x7e) return byte === 0x7f ? 'control' : 'not-ascii';
  if (byte < 0x20) return 'control';
  if (byte === 0x3b) return 'semicolon';
  if (byte === 0x5c) return 'backslash';
  if (byte === 0x3f || byte === 0x23) return 'query';
  return 'character';
}

/** Which rule forbids the escape at `index`, if one does. What stays allowed decodes to one text only. */
function ruleOfEscape(raw: string, index: number): PathRule | undefined {
  const high = hexDigit(raw.charCodeAt(index + 1));
  const low = hexDigit(raw.charCodeAt(index + 2));
  if (high < 0 || low < 0) return 'percent-sign';
  const byte = high * 16 + low;
  if (byte === 0x2f) return 'encoded-slash';
  if (byte === 0x25) return 'encoded-percent';
  if (byte === 0x3b) return 'encoded-semicolon';
  if (byte < 0x20 || byte === 0x7f) return 'control';
  if (byte === 0x5c) return 'backslash';
  return byte === 0x3f || byte === 0x23 ? 'query' : undefined;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function decodeSegment(raw: string, start: number, end: number): string {
  const text = raw.slice(start, end);
  let decoded: string;
  try {
    // Strict: refuses overlong forms, surrogates and everything above U+10FFFF.
    decoded = decodeURIComponent(text);
  } catch {
    return fail('utf8', raw, start + firstBadRun(text));
  }
  // U+0080–U+009F are control characters too; their first byte is always C2.
  const control = /%[cC]2%[89]/.exec(text);
  if (control !== null) fail('control', raw, start + control.index);
  return decoded;
}

/** Where the first run of encoded non-ASCII bytes stands that is not UTF-8. */
function firstBadRun(text: string): number {
  for (const run of text.matchAll(/(?:%[89a-fA-F][0-9a-fA-F])+/g)) {
    try {
      decodeURIComponent(run[0]);
    } catch {
      return run.index;
    }
  }
  return 0;
}

/**
 * True for `.` and `..`, also as parts between admitted encoded slashes and in front of admitted parameters (`..;x`):
 * a server that decodes or cuts first would climb.
 */
function isDotSegment(segment: string, raw: string, start: number): boolean {
  if (segment === '.' || segment === '..') return true;
  if (!segment.includes(';') && !segment.includes('/')) return false;
  if (segment.startsWith(';')) fail('empty-segment', raw, start);
  return segment.split('/').some((part) => /^\.\.?(?:;|$)/.test(part));
}

function fail(rule: PathRule, raw: string, index: number): never {
  refuse({
    code: 'path_malformed',
    message: `${rules[rule]} (byte ${index})`,
    found: excerpt(raw, index),
    allowed: 'a path that every server reads the same way',
    remedy: `change the caller: the path breaks the rule "${rule}" at byte ${index}`,
  });
}

/** The few bytes from the offending one on, as ASCII that is safe in a log and on a terminal. */
function excerpt(raw: string, index: number): string {
  return asciiJson(raw.slice(index, index + 12));
}
