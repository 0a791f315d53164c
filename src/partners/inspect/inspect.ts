import { ProblemError, refuse } from '../../core/problem.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { arrange } from './chain.ts';
import { readPkcs7 } from './containers/pkcs7.ts';
import { contentsOf, type Found, maxBytes, type Nothing } from './contents.ts';
import { describeCertificate, readCertificate, roleOf } from './items/certificate.ts';
import { describeKey, describeSshKey } from './items/key.ts';
import { describeList } from './items/list.ts';
import { describeFile } from './items/pkcs12.ts';
import { describeRequest } from './items/request.ts';
import { type Form, readersOfForm, readersOfPkcs12 } from './readers/readers.ts';
import type { Finding, Item, Reader, Report } from './report.ts';
import type { Shape } from './shape.ts';
import type { Block } from './text/blocks.ts';

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
  const contents = contentsOf(bytes);
  if ('what' in contents) return nothing(contents);
  return reportOf(contents.found, options, contents.form, contents.findings);
}

function nothing({ what, remedy, findings = [], plainText }: Nothing): Report {
  const error: Finding = { severity: 'error', code: 'nothing_found', message: what, remedy };
  return { summary: what, findings: [...findings, error], items: [], readers: [], plainText };
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
  const read = ders.map(({ der, line }) => ({ der, line, certificate: readCertificate(der) }));
  for (const { certificate } of read) if (!('severity' in certificate)) certificates.push(certificate);
  const clients = [...new Set(certificates.filter((one) => roleOf(one) === 'client').map(({ sha256 }) => sha256))];
  for (const { der, line, certificate } of read) {
    if ('severity' in certificate) items.push({ kind: 'certificate', line, facts: [], findings: [certificate], der });
    else {
      const number = clients.length > 1 ? clients.indexOf(certificate.sha256) + 1 : 0;
      items.push(describeCertificate(certificate, at, { line, number }));
    }
  }
  for (const { der, line } of lists) items.push(describeList(der, certificates, at, line));
  const allDers = ders.map(({ der }) => der);
  for (const { block, shape } of found) items.push(...otherItems(block, shape, allDers));
  const chain = arrange(certificates, at);
  // a key store takes certificates and keys: of a request or a list nobody asks who opens it
  const taken = items.some(({ kind }) => kind === 'certificate' || kind === 'private-key' || kind === 'pkcs12');
  const seen = readers.length > 0 || !taken ? readers : readersOfForm(form);
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
    case 'ssh-key':
      return [describeSshKey(at)];
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
