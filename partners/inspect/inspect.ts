import { ProblemError, refuse } from '../../core/problem.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { type Block, findBlocks } from './blocks.ts';
import { describeCertificate, readCertificate } from './certificate.ts';
import { arrange } from './chain.ts';
import { embeddedIn } from './containers/embedded.ts';
import { readKeyStore } from './containers/java-key-store.ts';
import { unzip } from './containers/zip.ts';
import { foreignFormat } from './foreign.ts';
import { describeKey } from './key.ts';
import { describeList } from './list-item.ts';
import { readPkcs7 } from './pkcs7.ts';
import { describeFile } from './pkcs12-item.ts';
import { type Form, readersOfForm, readersOfPkcs12 } from './readers.ts';
import type { Finding, Item, Reader, Report } from './report.ts';
import { describeRequest } from './request-item.ts';
import { type Shape, shapeOf } from './shape.ts';
import { repairText } from './text.ts';

const maxBytes = 8 * 1024 * 1024;

export interface InspectOptions {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of a PKCS#12 file. */
  readonly password?: string;
  /** What may be spent on trying a password: see `openPkcs12`. */
  readonly maxIterations?: number;
}

/**
 * Says what a file is that somebody sent: PEM, DER, PKCS#7, PKCS#12, a revocation list, a request, a key, or several of
 * them in a text that mail programs have been at. ProblemError `file_too_large` is the only refusal; everything else that is
 * wrong stands in the report.
 */
export function inspectFile(bytes: Uint8Array, options: InspectOptions): Report {
  if (bytes.length > maxBytes) {
    refuse({
      code: 'file_too_large',
      message: 'the file is too large to be a certificate',
      allowed: `${maxBytes} bytes`,
    });
  }
  const contents = contentsOf(bytes, 0);
  if ('what' in contents) return nothing(contents.what, contents.remedy, contents.findings);
  return reportOf(contents.found, options, contents.form, contents.findings);
}

interface Contents {
  readonly found: readonly Found[];
  readonly form: Form;
  readonly findings: readonly Finding[];
}

/** What a file is when there is nothing in it for us, and what to do then. */
interface Nothing {
  readonly what: string;
  readonly remedy: string;
  readonly findings?: readonly Finding[];
}

/** An archive in a mail in an archive is enough. */
const maxDepth = 3;

function contentsOf(bytes: Uint8Array, depth: number): Contents | Nothing {
  if (bytes.length === 0) return { what: 'an empty file', remedy: 'it was lost on the way: have it sent again' };
  const head = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  if (head === '504b0304' && depth < maxDepth) return contentsOfZip(bytes, depth);
  if (head === 'feedfeed' || head === 'cececece') return contentsOfKeyStore(bytes);
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) return foreign;
  const shape = bytes[0] === 0x30 ? shapeOf(bytes) : undefined;
  if (shape !== undefined) {
    const found: Block = { label: '', line: 0, der: bytes, encrypted: false };
    return { found: [{ block: found, shape }], form: shape === 'pkcs7' ? 'pkcs7' : 'der', findings: [] };
  }
  return contentsOfText(bytes, depth);
}

function contentsOfText(bytes: Uint8Array, depth: number): Contents | Nothing {
  const repaired = repairText(bytes);
  if (repaired === undefined)
    return { what: 'binary data that is nothing we know', remedy: 'ask what program it was written with' };
  const { blocks, findings, otherText, unusual } = findBlocks(repaired.text);
  const all = [...repaired.findings, ...findings];
  const shaped = blocks.map((block) => ({ block, shape: shapeOfBlock(block) }));
  const known = new Set(blocks.map(({ der }) => base64Of(der)));
  const bare = blocks.some(({ label }) => label === '');
  const inside = bare || depth >= maxDepth ? [] : contentsOfAttachments(bytes, depth, known);
  if (inside.length > 0) {
    const parts =
      inside.length === 1 ? 'a part of it, as base64, holds' : `${inside.length} parts of it, as base64, hold`;
    const note: Finding = { severity: 'note', code: 'unpacked', message: `${parts} what is below` };
    const found = uniquely([...shaped, ...inside.flatMap((each) => each.found)]);
    return { found, form: 'other', findings: blocks.length === 0 ? [note] : [...all, note] };
  }
  if (blocks.length === 0) {
    if (/^Certificate:\s*\n\s+Data:/m.test(repaired.text)) {
      return {
        what: 'what openssl prints about a certificate, without the certificate',
        remedy: 'ask for the file itself, which begins with -----BEGIN CERTIFICATE-----',
        findings: all,
      };
    }
    return {
      what: 'a text without certificates or keys',
      remedy: 'look for lines that begin with -----BEGIN',
      findings: all,
    };
  }
  const damaged = repaired.damage === 'much' || unusual || findings.some(({ severity }) => severity === 'error');
  const readable: Form = repaired.damage === 'mark' ? 'pem-marked' : otherText ? 'pem-in-text' : 'pem';
  const form: Form = damaged ? 'pem-damaged' : readable;
  const bag = shaped.some(({ shape: one }) => one === 'pkcs7') && form === 'pem';
  return { found: shaped, form: bag ? 'pkcs7' : form, findings: all };
}

/** Of a mail, a secret of Kubernetes, JSON: the parts in which there is something. */
function contentsOfAttachments(bytes: Uint8Array, depth: number, known: ReadonlySet<string>): readonly Contents[] {
  // as it came: undoing what mail programs do to text would change what is encoded
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return embeddedIn(text).flatMap((part) => {
    const contents = contentsOf(part, depth + 1);
    if ('what' in contents) return [];
    const found = contents.found.filter(({ block, shape }) => shape !== undefined && !known.has(base64Of(block.der)));
    return found.length === 0 ? [] : [{ ...contents, found }];
  });
}

function contentsOfZip(bytes: Uint8Array, depth: number): Contents | Nothing {
  const entries = unzip(bytes, maxBytes);
  if ('what' in entries) return entries;
  const read = entries.map(({ name, bytes: content }) => ({ name, contents: contentsOf(content, depth + 1) }));
  const good = read.flatMap(({ name, contents }) => ('what' in contents ? [] : [{ name, contents }]));
  if (good.length === 0) {
    const about = read.flatMap(({ name, contents }) => ('what' in contents ? [`${name}: ${contents.what}`] : []));
    return {
      what: 'a ZIP archive (or an Office document) without certificates or keys',
      remedy: about.length === 0 ? 'ask for the files' : `it holds ${about.slice(0, 5).join('; ').slice(0, 300)}`,
    };
  }
  const names = good.map(({ name }) => name).join(', ');
  return {
    found: uniquely(good.flatMap(({ contents }) => contents.found)),
    form: 'other',
    findings: [
      { severity: 'note', code: 'unpacked', message: `from a ZIP archive: ${printable(names)}` },
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

function nothing(what: string, remedy: string, findings: readonly Finding[] = []): Report {
  const error: Finding = { severity: 'error', code: 'nothing_found', message: what, remedy };
  return { summary: what, findings: [...findings, error], items: [], readers: readersOfForm('other') };
}

type Found = { readonly block: Block; readonly shape: Shape | undefined };

/** The contents decide; the label only where they do not say. */
function shapeOfBlock({ der, label }: Block): Shape | undefined {
  const shape = shapeOf(der);
  if (shape !== undefined) return shape;
  if (label.endsWith('PRIVATE KEY')) return 'private-key';
  return label.endsWith('CERTIFICATE') ? 'certificate' : undefined;
}

function reportOf(found: readonly Found[], options: InspectOptions, form: Form, findings: readonly Finding[]): Report {
  const { at, password } = options;
  const certificates: Certificate[] = [];
  const ders: { der: Uint8Array; line?: number }[] = [];
  const lists: { der: Uint8Array; line?: number }[] = [];
  const items: Item[] = [];
  const readers: Reader[] = [];
  for (const { block, shape } of found) {
    const line = block.line > 0 ? block.line : undefined;
    if (shape === 'certificate') ders.push({ der: block.der, line });
    else if (shape === 'revocation-list') lists.push({ der: block.der, line });
    else if (shape === 'pkcs7') items.push(pkcs7Item(block.der, line, ders, lists));
    else if (shape === 'pkcs12') {
      const { item, opened, protection } = describeFile(block.der, password, options.maxIterations);
      items.push({ ...item, line });
      if (protection !== undefined) readers.push(...readersOfPkcs12(protection));
      ders.push(...(opened?.certificates ?? []).map(({ der }) => ({ der })));
    }
  }
  for (const { der, line } of ders) {
    const certificate = readCertificate(der);
    if ('severity' in certificate) items.push({ kind: 'certificate', line, facts: [], findings: [certificate], der });
    else {
      certificates.push(certificate);
      items.push(describeCertificate(certificate, at, line));
    }
  }
  for (const { der, line } of lists) items.push(describeList(der, certificates, at, line));
  const allDers = ders.map(({ der }) => der);
  for (const { block, shape } of found) items.push(...otherItems(block, shape, allDers));
  const chain = arrange(certificates, at);
  const seen = readers.length > 0 ? readers : readersOfForm(form);
  return {
    summary: summaryOf(items),
    findings: [...findings, ...(chain?.findings ?? [])],
    items,
    readers: chain === undefined ? seen : seen.map((reader) => withEdge(reader, chain.edge, certificates)),
  };
}

/** Whether the CAs of the file would do as API Gateway's truststore for the client in it. */
function withEdge(
  reader: Reader,
  edge: { admitted: boolean; detail?: string },
  certificates: readonly Certificate[],
): Reader {
  if (reader.who !== 'API Gateway truststore' || !reader.takes) return reader;
  if (certificates.every(({ basicConstraints }) => basicConstraints?.ca === true)) return { ...reader, how: undefined };
  if (edge.admitted) return { ...reader, how: 'its CA certificates; with them the client is let in' };
  return { ...reader, takes: false, how: `with the CAs of this file the client is refused: ${edge.detail ?? ''}` };
}

function pkcs7Item(
  der: Uint8Array,
  line: number | undefined,
  ders: { der: Uint8Array; line?: number }[],
  lists: { der: Uint8Array; line?: number }[],
): Item {
  try {
    const { certificates, lists: crls, signers } = readPkcs7(der);
    ders.push(...certificates.map((one) => ({ der: one })));
    lists.push(...crls.map((one) => ({ der: one })));
    const findings: Finding[] =
      signers === 0
        ? []
        : [
            {
              severity: 'note',
              code: 'pkcs7_signed',
              message: 'it is a signed message, not only a bag of certificates',
            },
          ];
    return {
      kind: 'pkcs7',
      line,
      facts: [
        ['certificates', String(certificates.length)],
        ['revocation lists', String(crls.length)],
      ],
      findings,
    };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const message = error.problems[0]?.message ?? 'malformed';
    const remedy = 'have it exported again';
    return {
      kind: 'pkcs7',
      line,
      facts: [],
      findings: [{ severity: 'error', code: 'pkcs7_malformed', message, remedy }],
    };
  }
}

function otherItems(
  { der, label, line, encrypted }: Block,
  shape: Shape | undefined,
  certificates: readonly Uint8Array[],
): Item[] {
  const at = line > 0 ? line : undefined;
  switch (shape) {
    case 'request':
      return [describeRequest(der, at)];
    case 'private-key':
      return [describeKey(der, { label, line: at, encrypted }, certificates)];
    case 'encrypted-key':
      return [describeKey(der, { label, line: at, encrypted: true }, certificates)];
    case 'public-key':
      return [{ kind: 'public-key', line: at, facts: [['key', 'public']], findings: [] }];
    case undefined: {
      if (/PARAMETERS$/.test(label)) return [];
      const message = `a block ${label} that we do not know`;
      return [
        { kind: 'unknown', line: at, facts: [], findings: [{ severity: 'warning', code: 'unknown_block', message }] },
      ];
    }
    default:
      return [];
  }
}

const words: Readonly<Record<Item['kind'], readonly [one: string, many: string]>> = {
  pkcs12: ['a PKCS#12 file', 'PKCS#12 files'],
  pkcs7: ['a PKCS#7 bag', 'PKCS#7 bags'],
  certificate: ['a certificate', 'certificates'],
  'revocation-list': ['a revocation list', 'revocation lists'],
  request: ['a certificate request', 'certificate requests'],
  'private-key': ['a private key', 'private keys'],
  'public-key': ['a public key', 'public keys'],
  unknown: ['something unknown', 'unknown blocks'],
};

function summaryOf(items: readonly Item[]): string {
  const parts = Object.entries(words).flatMap(([kind, [one, many]]) => {
    const of = items.filter((item) => item.kind === kind);
    return of.length === 0 ? [] : [of.length === 1 ? one : `${of.length} ${many}`];
  });
  const first = items.find(({ kind }) => kind === 'certificate')?.facts.find(([name]) => name === 'subject')?.[1];
  return `${parts.join(', ')}${first === undefined ? '' : `: ${first}`}`;
}
