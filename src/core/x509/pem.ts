import { type Problem, ProblemError, refuse } from '../problem.ts';
import { trimAscii } from './names/character-string.ts';

/** One block of a PEM file; `line` is where it begins, from 1. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
  readonly line: number;
}

const code = 'pem_malformed';

/** Bundles of more than this are refused unread: an API Gateway truststore holds 1 MB. */
const maxCharacters = 8_388_608;

/**
 * The DER in a text that is exactly one PEM block (RFC 7468 §3), with nothing but white space before and after it.
 * ProblemError `pem_malformed` on anything else: two blocks, text around the block, another label, damaged base64.
 */
export function derFromPem(text: string, label = 'CERTIFICATE'): Uint8Array {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const trimmed = trimAscii(text);
  if (
    text.length > maxCharacters ||
    !trimmed.startsWith(begin) ||
    !trimmed.endsWith(end) ||
    trimmed.length < begin.length + end.length
  ) {
    refuse({
      code,
      message: `not one PEM block with the label ${label}`,
      found: describe(trimmed),
      allowed: `${begin} … ${end} and nothing around it`,
    });
  }
  const body = trimmed.slice(begin.length, trimmed.length - end.length);
  const der = decodeBase64(body);
  if (der === undefined) {
    refuse({
      code,
      message: body.includes('-----BEGIN') ? 'more than one PEM block' : 'a PEM block whose contents are not base64',
      allowed: 'one block',
    });
  }
  return der;
}

function describe(text: string): string {
  if (text === '') return 'nothing';
  const labels = Array.from(text.slice(0, 100_000).matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g), (match) => match[1]);
  if (labels.length === 0) return 'no PEM block';
  return `${labels.length === 1 ? 'a block' : `${labels.length} blocks`} with the label ${[...new Set(labels)].slice(0, 3).join(', ')}`;
}

/**
 * Canonical base64 over any number of lines; undefined for anything else. Buffer reads over what is no base64 in silence,
 * so the octets are counted: as many as the characters promise, or one of them was something else.
 */
function decodeBase64(body: string): Uint8Array | undefined {
  // Three searches are natively quick, where one regular expression takes longer than the decoding.
  if (body.includes('\r') || body.includes(' ') || body.includes('\t')) {
    return decodeBase64(body.replace(/[\t\r ]+/g, ''));
  }
  let characters = body.length;
  for (let at = body.indexOf('\n'); at >= 0; at = body.indexOf('\n', at + 1)) characters -= 1;
  // Buffer also takes the URL alphabet, and of a wider character the lower eight bits.
  if (characters === 0 || characters % 4 !== 0 || body.includes('-') || body.includes('_')) return undefined;
  if (Buffer.byteLength(body) !== body.length) return undefined;
  const der = Buffer.from(body, 'base64');
  const missing = (characters / 4) * 3 - der.length;
  if (missing === 0) return body.includes('=') ? undefined : der;
  if (missing > 2) return undefined;
  // The last group must be what an encoder writes: as much padding as is missing, unused bits zero.
  const last = body.slice(-16).replace(/\n/g, '').slice(-4);
  return der.subarray(missing - 3).toString('base64') === last ? der : undefined;
}

/** A PEM block in lines of 64 characters, ending in a line feed. */
export function pemFromDer(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/**
 * All blocks of a bundle file, in order; other text between blocks is a comment. ProblemError with every problem and its
 * line: a block that does not begin or end, labels that differ, contents that are not base64.
 */
export function readPemBlocks(text: string): readonly PemBlock[] {
  if (text.length > maxCharacters) refuse({ code, message: `a file of more than ${maxCharacters} characters` });
  const blocks: PemBlock[] = [];
  const problems: Problem[] = [];
  let open: { readonly label: string; readonly line: number; readonly body: string[] } | undefined;
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    const at = { line: index + 1 };
    if (!line.startsWith('-----')) {
      open?.body.push(line);
      continue;
    }
    const [, kind, label = ''] = /^-----(BEGIN|END) ([A-Za-z0-9 ]{1,64})-----$/.exec(line) ?? [];
    if (kind === undefined) {
      problems.push({
        code,
        place: at,
        message: 'a line of dashes that neither begins nor ends a block',
        found: line.slice(0, 80),
      });
    } else if (kind === 'BEGIN') {
      if (open !== undefined)
        problems.push({ code, place: { line: open.line }, message: `the block ${open.label} does not end` });
      open = { label, line: at.line, body: [] };
    } else if (open === undefined) {
      problems.push({ code, place: at, message: `an end of ${label} without its beginning` });
    } else {
      const der = open.label === label ? decodeBase64(open.body.join('\n')) : undefined;
      if (der !== undefined) blocks.push({ label, der, line: open.line });
      else if (open.label !== label) {
        problems.push({ code, place: at, message: `the block ${open.label} ends as ${label}` });
      } else
        problems.push({ code, place: { line: open.line }, message: `the contents of this ${label} are not base64` });
      open = undefined;
    }
  }
  if (open !== undefined)
    problems.push({ code, place: { line: open.line }, message: `the block ${open.label} does not end` });
  if (problems.length > 0) throw new ProblemError(problems);
  return blocks;
}
