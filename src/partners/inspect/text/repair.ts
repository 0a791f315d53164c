import type { Finding } from '../report.ts';

/** Text as its sender had it, before mail programs, editors and forms; with what had to be undone. */
export interface RepairedText {
  readonly text: string;
  readonly findings: readonly Finding[];
  /** What was undone keeps most programs from reading the file; a byte order mark only some. */
  readonly damage: 'none' | 'mark' | 'much';
}

type Step = (text: string) => string;

interface Repair {
  readonly code: string;
  readonly message: string;
  readonly harmless?: true;
  readonly step: Step;
}

const dashes = '[\\u2010-\\u2015\\u2212\\u00ad-]';

/** In this order: the outermost wrapping, which came last, goes first. Every step is linear in the text. */
const repairs: readonly Repair[] = [
  {
    code: 'url_encoding',
    message: 'it is percent-encoded, as a header of a proxy has it',
    step: (text) =>
      /BEGIN(%20|\+)[A-Z]/.test(text)
        ? text
            .replace(/\+(?=[A-Z])/g, (plus, at: number) =>
              /(BEGIN|END)$/.test(text.slice(Math.max(0, at - 5), at)) ? ' ' : plus,
            )
            .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        : text,
  },
  {
    code: 'quoted_printable',
    message: 'it is in the quoted-printable encoding of mail',
    step: (text) =>
      /=3D|=\r?\n(?=[A-Za-z0-9+/])/.test(text)
        ? text
            .replace(/=\r?\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        : text,
  },
  {
    code: 'html',
    message: 'it is HTML, copied from a page or a mail',
    step: (text) =>
      /&#|&(?:gt|lt|amp|nbsp|quot|plus|equals|sol);|<\/?(?:w:)?(?:p|br|div|pre|span)\b/i.test(text)
        ? text
            // w: is a Word document, a paragraph a line
            .replace(/<(?:w:)?br\s*\/?>|<\/(?:w:)?(?:p|div)>/gi, '\n')
            .replace(/<\/?[a-z][^<>]{0,1000}>/gi, '')
            .replace(/&#(\d{1,6});/g, (_, code: string) => characterOf(Number(code)))
            .replace(/&#x([0-9a-f]{1,5});/gi, (_, code: string) => characterOf(Number.parseInt(code, 16)))
            .replace(/&(nbsp|lt|gt|quot|plus|equals|sol|amp);/g, (_, name: string) => entities[name] ?? '')
        : text,
  },
  {
    code: 'escaped_line_ends',
    message: 'its line ends are written out (\\n or \\x0A), as JSON, environment files and the logs of nginx have them',
    step: (text) =>
      /-----\\(?:r|n|x0[AD]|u000[ad])/i.test(text)
        ? text.replace(/(?:\\r|\\x0D|\\u000d)?(?:\\n|\\x0A|\\u000a)|\\r|\\x0D/gi, '\n').replace(/\\x09|\\t/gi, ' ')
        : text,
  },
  {
    code: 'invisible_characters',
    message: 'it holds invisible characters or hard spaces',
    step: (text) => text.replace(/[\u200b-\u200f\u2028-\u202e\u2060\ufeff]/g, '').replace(/\u00a0/g, ' '),
  },
  {
    code: 'mail_quoting',
    message: 'its lines begin with the quoting of a mail (> or |)',
    step: (text) =>
      /^[ \t]{0,8}(?:[>|][ \t]{0,8}){1,32}-----BEGIN/m.test(text)
        ? text.replace(/^[ \t]{0,8}(?:[>|][ \t]{0,8}){1,32}/gm, '')
        : text,
  },
  {
    code: 'dashes',
    message: 'the dashes around BEGIN and END were changed by a word processor',
    step: (text) =>
      text.replace(
        new RegExp(`${dashes}{1,8}[ \\t]?(BEGIN|END) ([A-Z0-9 ]{1,40}?)[ \\t]?${dashes}{1,8}`, 'g'),
        '-----$1 $2-----',
      ),
  },
  {
    code: 'indented',
    message: 'its lines are indented',
    step: (text) => (/^[ \t]+-----BEGIN/m.test(text) ? text.replace(/^[ \t]+/gm, '') : text),
  },
  {
    code: 'windows_line_ends',
    message: 'it has Windows line ends',
    harmless: true,
    step: (text) => text.replace(/\r\n?/g, '\n'),
  },
];

const entities: Readonly<Record<string, string>> = {
  nbsp: ' ',
  lt: '<',
  gt: '>',
  quot: '"',
  plus: '+',
  equals: '=',
  sol: '/',
  amp: '&',
};

function characterOf(code: number): string {
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}

/** Undefined when the bytes are no text. */
export function repairText(bytes: Uint8Array): RepairedText | undefined {
  const findings: Finding[] = [];
  const found = (code: string, message: string, harmless = false) => {
    findings.push({
      severity: harmless ? 'note' : 'warning',
      code,
      message,
      remedy: harmless
        ? undefined
        : 'have it sent as a file attachment, or zipped; what is below was read after undoing this',
    });
  };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let text: string;
  const wide = wideOrder(buffer);
  if (wide !== undefined) {
    const even = Buffer.from(buffer.subarray(0, buffer.length & ~1));
    text = (wide === 'big' ? even.swap16() : even).toString('utf16le').replace(/^\ufeff/, '');
    found('utf16', 'it is UTF-16 text, as PowerShell (`>`) and Windows editors write it');
  } else {
    const binary = buffer.subarray(0, 100_000).includes(0);
    if (binary && !buffer.includes('-----BEGIN ')) return undefined;
    text = buffer.toString(binary ? 'latin1' : 'utf8');
    if (binary) {
      text = text.replaceAll('\0', ' ');
      found('binary_between', 'it holds bytes that belong to no text, besides the blocks that were read');
    }
    if (text.includes('\ufffd')) text = buffer.toString('latin1');
    if (text.startsWith('\ufeff')) {
      text = text.slice(1);
      found('byte_order_mark', 'it begins with a byte order mark, as Windows editors write it');
    }
  }
  for (const { code, message, harmless, step } of repairs) {
    const repaired = step(text);
    if (repaired !== text) found(code, message, harmless);
    text = repaired;
  }
  const warnings = findings.filter(({ severity }) => severity === 'warning').map(({ code }) => code);
  const onlyMark = warnings.every((code) => code === 'byte_order_mark');
  return { text, findings, damage: warnings.length === 0 ? 'none' : onlyMark ? 'mark' : 'much' };
}

function wideOrder(buffer: Buffer): 'little' | 'big' | undefined {
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return 'little';
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return 'big';
  if (buffer.length < 8) return undefined;
  const start = buffer.subarray(0, 64);
  const zeros = (from: number) => start.every((octet, index) => index % 2 !== from || octet === 0);
  const text = (from: number) => start.every((octet, index) => index % 2 !== from || (octet > 8 && octet < 127));
  if (zeros(1) && text(0)) return 'little';
  return zeros(0) && text(1) ? 'big' : undefined;
}
