import { gunzipSync } from 'node:zlib';
import { embeddedIn } from './containers/embedded.ts';
import { foreignFormat } from './containers/foreign.ts';
import { readKeyStore } from './containers/java-key-store.ts';
import { isTar, untar } from './containers/tar.ts';
import { type Unreadable, unzip, type ZipEntry } from './containers/zip.ts';
import type { Form } from './readers/readers.ts';
import type { Finding } from './report.ts';
import { type Shape, shapeOf } from './shape.ts';
import { type Block, findBlocks } from './text/blocks.ts';
import { printedIn } from './text/printed.ts';
import { repairText } from './text/repair.ts';

export const maxBytes = 8 * 1024 * 1024;

export type Found = { readonly block: Block; readonly shape: Shape | undefined };

/** The contents decide; the label only where they do not say. */
function shapeOfBlock({ der, label }: Block): Shape | undefined {
  // of the form of SSH, whose bytes are none of ASN.1
  if (label === 'OPENSSH PRIVATE KEY') return 'ssh-key';
  const shape = shapeOf(der);
  if (shape !== undefined) return shape;
  if (label.endsWith('PRIVATE KEY')) return 'private-key';
  return label.endsWith('CERTIFICATE') ? 'certificate' : undefined;
}

export interface Contents {
  readonly found: readonly Found[];
  readonly form: Form;
  readonly findings: readonly Finding[];
}

/** What a file is when there is nothing in it for us, and what to do then. */
export interface Nothing {
  readonly what: string;
  readonly remedy: string;
  readonly findings?: readonly Finding[];
  /** Of readable text. */
  readonly plainText?: true;
}

/** What may be unpacked in all, whatever is in what. */
interface Budget {
  bytes: number;
  parts: number;
}

function spend(budget: Budget, bytes: number): boolean {
  budget.bytes -= bytes;
  budget.parts -= 1;
  return budget.bytes >= 0 && budget.parts >= 0;
}

/** An archive in a mail in an archive is enough. */
const maxDepth = 3;

/** Every block, structure and certificate of a file, whatever it is wrapped in. Never throws. */
export function contentsOf(
  bytes: Uint8Array,
  depth = 0,
  budget: Budget = { bytes: maxBytes, parts: 400 },
): Contents | Nothing {
  if (bytes.length === 0) return { what: 'an empty file', remedy: 'it was lost on the way: have it sent again' };
  const head = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  const archive = head === '504b0304' || head.startsWith('1f8b08') || isTar(bytes);
  if (archive && depth >= maxDepth) {
    return { what: 'archives in archives in archives', remedy: 'unpack them and give the files in them' };
  }
  if (archive) {
    if (head === '504b0304') return contentsOfArchive('a ZIP archive', unzip(bytes, budget.bytes), depth, budget);
    if (head.startsWith('1f8b08')) return contentsOfGzip(bytes, depth, budget);
    return contentsOfArchive('a tar archive', untar(bytes, budget.bytes), depth, budget);
  }
  if (head === 'feedfeed' || head === 'cececece') return contentsOfKeyStore(bytes);
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) return foreign;
  const shape = bytes[0] === 0x30 ? shapeOf(bytes) : undefined;
  if (shape !== undefined) {
    const found: Block = { label: '', line: 0, der: bytes, encrypted: false };
    return { found: [{ block: found, shape }], form: shape === 'pkcs7' ? 'pkcs7' : 'der', findings: [] };
  }
  return contentsOfText(bytes, depth, budget);
}

function contentsOfText(bytes: Uint8Array, depth: number, budget: Budget): Contents | Nothing {
  const repaired = repairText(bytes);
  if (repaired === undefined)
    return {
      what: 'binary data that is nothing we know',
      remedy: 'ask what program it was written with, and for the certificate as PEM',
    };
  const { blocks, findings, otherText, unusual } = findBlocks(repaired.text);
  const all = [...repaired.findings, ...findings];
  const shaped = blocks.map((block) => ({ block, shape: shapeOfBlock(block) }));
  const known = new Set(blocks.map(({ der }) => base64Of(der)));
  const bare = blocks.some(({ label }) => label === '');
  const inside = bare || depth >= maxDepth ? [] : contentsOfAttachments(bytes, depth, known, budget);
  if (inside.length > 0) {
    const parts =
      inside.length === 1 ? 'a part of it, as base64, holds' : `${inside.length} parts of it, as base64, hold`;
    const note: Finding = { severity: 'note', code: 'unpacked', message: `${parts} what is below` };
    const found = uniquely([...shaped, ...inside.flatMap((each) => each.found)]);
    return {
      found,
      form: 'other',
      findings: [...(blocks.length === 0 ? all.filter(({ severity }) => severity === 'error') : all), note],
    };
  }
  if (blocks.length === 0) {
    if (/^Certificate:[ \t\r]*\n[ \t]+Data:/m.test(repaired.text)) {
      return {
        what: 'what openssl prints about a certificate, without the certificate',
        remedy: 'ask for the file itself, which begins with -----BEGIN CERTIFICATE-----',
        findings: all,
      };
    }
    const { what, remedy } = printedIn(repaired.text) ?? {
      what: 'a text without certificates or keys',
      remedy: 'look for lines that begin with -----BEGIN',
    };
    return { what, remedy, findings: all, plainText: true };
  }
  const damaged = repaired.damage === 'much' || unusual || findings.some(({ severity }) => severity === 'error');
  const readable: Form = repaired.damage === 'mark' ? 'pem-marked' : otherText ? 'pem-in-text' : 'pem';
  const form: Form = damaged ? 'pem-damaged' : readable;
  const bag = shaped.some(({ shape: one }) => one === 'pkcs7') && form === 'pem';
  return { found: shaped, form: bag ? 'pkcs7' : form, findings: all };
}

/** Of a mail, a secret of Kubernetes, JSON: the parts in which there is something. */
function contentsOfAttachments(
  bytes: Uint8Array,
  depth: number,
  known: ReadonlySet<string>,
  budget: Budget,
): readonly Contents[] {
  // as it came: undoing what mail programs do to text would change what is encoded
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return embeddedIn(text).flatMap((part) => {
    if (!spend(budget, part.length)) return [];
    const contents = contentsOf(part, depth + 1, budget);
    if ('what' in contents) return [];
    const found = contents.found.filter(({ block, shape }) => shape !== undefined && !known.has(base64Of(block.der)));
    return found.length === 0 ? [] : [{ ...contents, found }];
  });
}

/** One file of any kind; what it inflates to counts against what may be unpacked. */
function contentsOfGzip(bytes: Uint8Array, depth: number, budget: Budget): Contents | Nothing {
  let inside: Uint8Array;
  try {
    inside = gunzipSync(bytes, { maxOutputLength: Math.max(budget.bytes, 1) });
  } catch {
    return { what: 'a damaged gzip file, or one with too much in it', remedy: 'unpack it and give what is in it' };
  }
  if (!spend(budget, inside.length)) {
    return { what: 'a gzip file with too much in it', remedy: 'unpack it and give what is in it' };
  }
  const contents = contentsOf(inside, depth + 1, budget);
  if ('what' in contents) return { ...contents, what: `a gzip file with ${contents.what} in it` };
  const note: Finding = { severity: 'note', code: 'unpacked', message: 'from a gzip file' };
  return { ...contents, form: 'other', findings: [note, ...contents.findings] };
}

function contentsOfArchive(
  kind: string,
  entries: readonly ZipEntry[] | Unreadable,
  depth: number,
  budget: Budget,
): Contents | Nothing {
  if ('what' in entries) return entries;
  if (!entries.every(({ bytes: content }) => spend(budget, content.length))) {
    return { what: `${kind} with too much in it`, remedy: 'unpack it and give the files in it' };
  }
  const read = entries.map(({ name, bytes: content }) => ({ name, contents: contentsOf(content, depth + 1, budget) }));
  const good = read.flatMap(({ name, contents }) => ('what' in contents ? [] : [{ name, contents }]));
  if (good.length === 0) {
    const about = read.flatMap(({ name, contents }) => ('what' in contents ? [`${name}: ${contents.what}`] : []));
    return {
      what: `${kind}${kind.startsWith('a ZIP') ? ' (or an Office document)' : ''} without certificates or keys`,
      remedy: about.length === 0 ? 'ask for the files' : `it holds ${about.slice(0, 5).join('; ').slice(0, 300)}`,
    };
  }
  const names = good.map(({ name }) => name).join(', ');
  return {
    found: uniquely(good.flatMap(({ contents }) => contents.found)),
    form: 'other',
    findings: [
      { severity: 'note', code: 'unpacked', message: `from ${kind}: ${printable(names)}` },
      ...good.flatMap(({ contents }) => contents.findings),
    ],
  };
}

function contentsOfKeyStore(bytes: Uint8Array): Contents | Nothing {
  const store = readKeyStore(bytes);
  if (store === undefined || store.certificates.length === 0) {
    return {
      what: store === undefined ? 'a damaged Java key store (JKS)' : 'a Java key store (JKS) without certificates',
      remedy: 'keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12, and give NEW.p12',
    };
  }
  const shaped = store.certificates.map((der) => ({
    block: { label: 'CERTIFICATE', line: 0, der, encrypted: false },
    shape: 'certificate' as const,
  }));
  const key: Finding = {
    severity: 'warning',
    code: 'key_store_keys',
    message: `a Java key store with ${store.keys === 1 ? 'a private key' : `${store.keys} private keys`}, encrypted with its password; only the certificates were read`,
    remedy: 'a partner keeps its key to itself: if this came by mail, have it replaced',
  };
  const note: Finding = { severity: 'note', code: 'unpacked', message: 'from a Java key store (JKS)' };
  return { found: uniquely(shaped), form: 'other', findings: [store.keys > 0 ? key : note] };
}

/** The root stands in every chain of an archive. */
function uniquely(found: readonly Found[]): readonly Found[] {
  return [...new Map(found.map((one) => [base64Of(one.block.der), one])).values()];
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function printable(text: string): string {
  return text.slice(0, 300).replace(/[^ -~]/g, '?');
}
