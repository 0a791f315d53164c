import type { Finding } from '../report.ts';

/** One PEM block, or base64 that stands by itself (label ''). */
export interface Block {
  readonly label: string;
  readonly line: number;
  readonly der: Uint8Array;
  /** `Proc-Type: 4,ENCRYPTED` and the like. */
  readonly encrypted: boolean;
}

export interface Blocks {
  readonly blocks: readonly Block[];
  readonly findings: readonly Finding[];
  /** Something else than white space stands around the blocks. */
  readonly otherText: boolean;
  /** Blocks that other programs do not read: on one line, or without BEGIN and END. */
  readonly unusual: boolean;
}

const maxBlocks = 2000;

/** Every block of a text, whatever stands around them; never throws. */
export function findBlocks(text: string): Blocks {
  const blocks: Block[] = [];
  const findings: Finding[] = [];
  let outside = '';
  let at = 0;
  let line = 1;
  let oneLine = false;
  const begins = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let begin = begins.exec(text); begin !== null; begin = begins.exec(text)) {
    const label = begin[1] ?? '';
    outside += text.slice(at, begin.index);
    line += countLines(text, at, begin.index);
    at = begin.index;
    // Looked for up to the next block only: a text of many beginnings is not searched to its end for each of them.
    const next = text.indexOf('-----BEGIN ', begins.lastIndex);
    const rest = text.slice(begins.lastIndex, next < 0 ? undefined : next);
    const length = rest.indexOf(`-----END ${label}-----`);
    const whole = length < 0 ? wholeWithoutEnd(rest) : undefined;
    if (whole !== undefined) {
      findings.push(
        broken(line, label, 'has no line END', 'it can be read, but look whether anything after it is missing'),
      );
      blocks.push({ label, line, der: whole, encrypted: false });
      continue;
    }
    if (length < 0) {
      findings.push(broken(line, label, 'has no end', 'it was cut off when it was copied: have it sent again'));
      // what is left of a key is a key that was sent
      if (label.endsWith('PRIVATE KEY')) findings.push(keySent(line));
      continue;
    }
    const body = rest.slice(0, length);
    const [headers, base64] = splitHeaders(body);
    const der = decode(base64);
    if (der === undefined) {
      findings.push(broken(line, label, 'is not base64', 'letters were lost or added on the way: have it sent again'));
    } else {
      if (!body.includes('\n')) oneLine = true;
      if (trusted.test(label)) findings.push(trustedForm(line));
      const own = trusted.test(label) ? firstElement(der) : der;
      blocks.push({ label, line, der: own, encrypted: headers.includes('ENCRYPTED') });
    }
    const stop = begins.lastIndex + length + `-----END ${label}-----`.length;
    line += countLines(text, at, stop);
    at = stop;
    begins.lastIndex = stop;
    if (blocks.length >= maxBlocks) {
      const message = `more than ${maxBlocks} blocks; the others were not looked at`;
      findings.push({ severity: 'error', code: 'too_many_blocks', message, remedy: 'give it in parts' });
      break;
    }
  }
  outside += text.slice(at);
  if (oneLine) {
    findings.push({
      severity: 'warning',
      code: 'one_line',
      message: 'a block stands on one line, as in an environment variable',
      remedy: 'most programs want lines of 64 characters',
    });
  }
  const bare = blocks.length === 0 ? decode(text) : undefined;
  if (bare?.[0] === 0x30) {
    blocks.push({ label: '', line: 1, der: bare, encrypted: false });
    findings.push({
      severity: 'warning',
      code: 'bare_base64',
      message: 'it is base64 without the lines BEGIN and END',
      remedy: 'most programs need those lines around it',
    });
  }
  return {
    blocks,
    findings,
    otherText: /\S/.test(outside) && bare === undefined,
    unusual: oneLine || bare !== undefined,
  };
}

/**
 * What OpenSSL writes with -trustout: the certificate, and behind it for what OpenSSL shall trust it, which nobody else
 * reads (x509(1), CertAux).
 */
const trusted = /^TRUSTED CERTIFICATE$/;

function trustedForm(line: number): Finding {
  return {
    severity: 'warning',
    code: 'trusted_form',
    message: `the block in line ${line} is a TRUSTED CERTIFICATE, OpenSSL's own form: only OpenSSL reads it; the certificate in it was read`,
    remedy: 'openssl x509 -in FILE -out CERTIFICATE.pem writes the certificate alone',
  };
}

/** Of two DER elements in a row the first, as it is. */
function firstElement(der: Uint8Array): Uint8Array {
  const length = der[0] === 0x30 ? elementLength(der) : undefined;
  return length === undefined || length > der.length ? der : der.subarray(0, length);
}

/** A block whose last line was lost, when what is there is a whole element: its length says so. */
function wholeWithoutEnd(rest: string): Uint8Array | undefined {
  // the first empty line after some base64 ends it
  const [, base64 = ''] = /^\s*([A-Za-z0-9+/=\s]*?)(?:\n[ \t]*\n|-|$)/.exec(rest) ?? [];
  const der = decode(base64);
  return der?.[0] === 0x30 && elementLength(der) === der.length ? der : undefined;
}

function elementLength(der: Uint8Array): number | undefined {
  const first = der[1] ?? 0x80;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || der.length < 2 + count) return undefined;
  return 2 + count + der.subarray(2, 2 + count).reduce((length, octet) => length * 256 + octet, 0);
}

function keySent(line: number): Finding {
  return {
    severity: 'error',
    code: 'private_key_sent',
    message: `a private key begins in line ${line}`,
    remedy: 'whoever has read the message has it: have a new key made and the old certificate revoked',
  };
}

function broken(line: number, label: string, how: string, remedy: string): Finding {
  return { severity: 'error', code: 'block_broken', message: `the block ${label} in line ${line} ${how}`, remedy };
}

function countLines(text: string, from: number, to: number): number {
  const part = text.slice(from, to);
  let lines = 0;
  for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** RFC 1421 headers of old encrypted keys. */
function splitHeaders(body: string): readonly [headers: string, base64: string] {
  const colon = body.lastIndexOf(': ');
  if (colon < 0) return ['', body];
  const blank = body.indexOf('\n', colon);
  return blank < 0 ? ['', body] : [body.slice(0, blank), body.slice(blank)];
}

function decode(text: string): Uint8Array | undefined {
  const base64 = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const der = Buffer.from(base64, 'base64');
  return der.length === 0 ? undefined : der;
}
