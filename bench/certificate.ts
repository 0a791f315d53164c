import { X509Certificate } from 'node:crypto';
import { parseCertificate } from '../src/core/x509/certificate.ts';
import { agrees, walkCertificate } from './bare-walk.ts';
import { baselinePackage } from './baselines.ts';
import { type Contender, measure } from './measure.ts';
import { type KeyKind, openPki, pemOf } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';

/** The certificate reader beside the ones people use. Each gives subject, names and purposes; only ours checks every byte. */
export const certificateBenchmark: Benchmark = {
  name: 'certificate',
  title: 'Certificate reader: DER to subject, names, key usage',
  async run(options) {
    return [...(await readers('P-256', options)), ...(await readers('RSA-2048', options))];
  },
};

async function readers(kind: KeyKind, options: BenchmarkOptions): Promise<readonly Row[]> {
  const pki = openPki(kind);
  const der = Buffer.from(pki.leaf(1));
  const certificate = parseCertificate(der);
  if (!agrees(walkCertificate(der), certificate)) throw new Error('Reader and bare walk disagree.');
  if (new X509Certificate(der).fingerprint256.replace(/:/g, '').toLowerCase() !== certificate.sha256) {
    throw new Error('Reader and OpenSSL disagree.');
  }

  const what = `parseCertificate, ${kind} leaf of ${der.length} bytes`;
  const ours: Contender = { name: 'ours', run: () => parseCertificate(der) };
  const walk: Contender = { name: 'a bare walk, nothing checked', run: () => walkCertificate(der) };
  const native: Contender = {
    name: 'new X509Certificate and its strings',
    run: () => {
      const { subject, subjectAltName, keyUsage } = new X509Certificate(der);
      return [subject, subjectAltName, keyUsage];
    },
  };
  const [own = Number.NaN, bare = Number.NaN, openssl = Number.NaN] = await measure([ours, walk, native], options);
  const rows: Row[] = [
    {
      what,
      value: own,
      unit: 'µs',
      baseline: { what: walk.name, value: bare },
      bar: { kind: 'ratio-at-most', value: 2 },
    },
    {
      what,
      value: own,
      unit: 'µs',
      baseline: { what: native.name, value: openssl },
      bar: { kind: 'times-faster', value: 5 },
    },
  ];
  // One kind is enough for a quick look, and RSA is the one that all of them read.
  if (options.quick && kind !== 'RSA-2048') return rows;
  for (const library of libraries) rows.push(await beside(library, kind, der, what, ours, options));
  return rows;
}

interface Library {
  readonly name: string;
  /** A package to load before it. */
  readonly needs?: string;
  /** Undefined for certificates that it cannot read. */
  reader(module: unknown, der: Buffer): (() => unknown) | undefined;
}

/** As much of each as is used here. */
interface Pkijs {
  readonly Certificate: {
    fromBER(der: Uint8Array): { subject: { typesAndValues: unknown[] }; extensions?: unknown[] };
  };
}
interface PeculiarX509 {
  readonly X509Certificate: new (der: Uint8Array) => { subject: string; getExtension(oid: string): unknown };
}
interface Forge {
  readonly pki: {
    certificateFromPem(pem: string): { subject: { attributes: unknown[] }; getExtension(name: string): unknown };
  };
}
interface Jsrsasign {
  readonly X509: new () => {
    readCertHex(hex: string): void;
    getSubjectString(): string;
    getExtSubjectAltName(): unknown;
  };
}

const libraries: readonly Library[] = [
  {
    name: 'pkijs',
    reader: (module, der) => () => {
      const { subject, extensions } = (module as Pkijs).Certificate.fromBER(der);
      return [subject.typesAndValues, extensions];
    },
  },
  {
    name: '@peculiar/x509',
    needs: 'reflect-metadata',
    reader: (module, der) => () => {
      const certificate = new (module as PeculiarX509).X509Certificate(der);
      return [certificate.subject, certificate.getExtension('2.5.29.17'), certificate.getExtension('2.5.29.15')];
    },
  },
  {
    name: 'node-forge',
    reader: (module, der) => {
      const { pki } = (module as { default: Forge }).default;
      const pem = pemOf(der);
      const read = () => {
        const certificate = pki.certificateFromPem(pem);
        return [
          certificate.subject.attributes,
          certificate.getExtension('subjectAltName'),
          certificate.getExtension('keyUsage'),
        ];
      };
      try {
        read();
        return read;
      } catch {
        return undefined; // it knows RSA alone
      }
    },
  },
  {
    name: 'jsrsasign',
    reader: (module, der) => {
      const { X509 } = (module as { default: Jsrsasign }).default;
      const hex = der.toString('hex');
      return () => {
        const certificate = new X509();
        certificate.readCertHex(hex);
        return [certificate.getSubjectString(), certificate.getExtSubjectAltName()];
      };
    },
  },
];

async function beside(
  library: Library,
  kind: KeyKind,
  der: Buffer,
  what: string,
  ours: Contender,
  options: BenchmarkOptions,
): Promise<Row> {
  if (library.needs !== undefined) await baselinePackage(library.needs);
  const loaded = await baselinePackage(library.name);
  if ('skipped' in loaded) return { what: `${what}; ${library.name}`, skipped: loaded.skipped };
  const run = library.reader(loaded.module, der);
  if (run === undefined) return { what: `${what}; ${library.name}`, skipped: `cannot read a ${kind} certificate` };
  const rounds = Math.min(options.rounds, 31);
  const [own = Number.NaN, theirs = Number.NaN] = await measure([ours, { name: library.name, run }], {
    ...options,
    rounds,
    warmUpMilliseconds: options.warmUpMilliseconds / 2,
  });
  return { what, value: own, unit: 'µs', baseline: { what: library.name, value: theirs } };
}
