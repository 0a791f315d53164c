import type { Finding } from './report.ts';

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
      blocks.push({ label, line, der, encrypted: headers.includes('ENCRYPTED') });
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
