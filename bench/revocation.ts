import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { believe } from '../src/core/revocation/believe.ts';
import { compileRevocations } from '../src/core/revocation/compile.ts';
import { openRevocations } from '../src/core/revocation/index.ts';
import { readList } from '../src/core/revocation/list.ts';
import { type Certificate, parseCertificate } from '../src/core/x509/certificate.ts';
import { extension, issueCertificate } from '../src/core/x509/write.ts';
import { encodeEntry, issueList } from '../src/core/x509/write-crl.ts';
import { type Contender, measure } from './measure.ts';
import { at } from './partners.ts';
import type { Benchmark, Row } from './report.ts';

const day = 86_400_000;

/** A list of a million: from DER to an index that can be asked. */
export const revocationBenchmark: Benchmark = {
  name: 'revocation',
  title: 'Revocation: a list of 1,000,000 serial numbers of 16 octets, every tenth with a reason',
  async run(options) {
    const { authority, leaf, der, key } = openList(1_000_000);
    const certificates = [authority];
    const { tbs, signature, entries } = readList(der);
    const compile = (): Uint8Array => {
      const belief = believe(der, { certificates, at });
      if (!belief.ok) throw new Error(`${belief.code}: ${belief.detail}`);
      return compileRevocations({ authorities: [{ name: 'acme', certificates, lists: [belief.believed] }] }).bytes;
    };
    const bytes = compile();
    const [list] = openRevocations(bytes).authorities.get('acme')?.lists ?? [];
    if (list?.count !== 1_000_000 || !list.has(leaf)) throw new Error('The index is not what the list says.');
    const others = Array.from({ length: 1024 }, () => ({ ...leaf, serial: drawSerial().toString('hex') }));
    if (others.some((other) => list.has(other))) throw new Error('Somebody is revoked whom nobody has revoked.');

    const offsets = new Uint32Array(1_000_000);
    const whole: Contender = { name: 'verify + compile', run: compile };
    const native: Contender = {
      name: 'native verify + DER offset scan',
      run: () => {
        if (!verify('sha256', tbs, key, signature)) throw new Error('The signature is wrong.');
        return scanBarely(der, entries.start, entries.stop, offsets);
      },
    };
    if (scanBarely(der, entries.start, entries.stop, offsets) !== 1_000_000)
      throw new Error('The bare scan counts wrongly.');
    let next = 0;
    const lookUp: Contender = {
      name: 'look-up',
      run: () => {
        const other = others[next % others.length];
        next += 1;
        return other !== undefined && list.has(other);
      },
    };
    // a run takes as long as many turns of the others
    const rounds = { ...options, rounds: options.quick ? 5 : 15 };
    const [own = Number.NaN, bare = Number.NaN] = await measure([whole, native], rounds);
    const [load = Number.NaN] = await measure([{ name: 'load', run: () => openRevocations(bytes) }], rounds);
    const [asked = Number.NaN] = await measure([lookUp], options);
    const rows: readonly Row[] = [
      {
        what: `${(der.length / 1e6).toFixed(1)} MB of DER: verify the signature (P-256), check, hash, deal into buckets`,
        value: own / 1000,
        unit: 'ms',
        baseline: { what: native.name, value: bare / 1000 },
        bar: { kind: 'ratio-at-most', value: 2 },
      },
      { what: 'index', value: bytes.length / 1e6, unit: 'MB', bar: { kind: 'at-most', value: 8.2 } },
      { what: 'load the index', value: load / 1000, unit: 'ms', bar: { kind: 'at-most', value: 10 } },
      { what: 'look a certificate up', value: asked, unit: 'µs', bar: { kind: 'at-most', value: 0.5 } },
    ];
    return rows;
  },
};

function openList(count: number) {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = [[{ type: 'CN', value: 'Acme Issuing CA' }]];
  const certificate = (serial: string): Certificate =>
    parseCertificate(
      issueCertificate(
        {
          serial,
          subject,
          issuer: subject,
          notBefore: at - day,
          notAfter: at + 365 * day,
          publicKey: pair.publicKey,
          extensions: [extension.basicConstraints(true), extension.keyUsage(['keyCertSign', 'cRLSign'])],
        },
        pair.privateKey,
      ),
    );
  const serials = Array.from({ length: count }, drawSerial);
  const entries = serials.map((serial, index) => {
    const revokedAt = at - (1 + (index % 1500)) * day;
    return encodeEntry({ serial: serial.toString('hex'), revokedAt, reason: index % 10 === 0 ? 1 : undefined });
  });
  const revoked = Buffer.concat(entries);
  const der = issueList({ issuer: subject, thisUpdate: at - day, nextUpdate: at + day, revoked }, pair.privateKey);
  const authority = certificate('1');
  const key = createPublicKey({ key: Buffer.from(authority.publicKey.spki), format: 'der', type: 'spki' });
  return { authority, leaf: certificate(serials[count >> 1]?.toString('hex') ?? ''), der, key };
}

/** Sixteen octets as CAs draw them: positive, and none too few. */
function drawSerial(): Buffer {
  const octets = randomBytes(16);
  octets[0] = 0x40 | ((octets[0] ?? 0) & 0x3f);
  return octets;
}

/** Steps over every element of every entry by its length, notes where the entry stands, and checks nothing. Returns the number of entries. */
function scanBarely(der: Uint8Array, start: number, stop: number, offsets: Uint32Array): number {
  let count = 0;
  let offset = start;
  let length = 0;
  const enter = (): void => {
    length = der[offset + 1] ?? 0;
    offset += 2;
    if (length < 0x80) return;
    const octets = length & 0x7f;
    length = 0;
    for (const last = offset + octets; offset < last; offset += 1) length = length * 256 + (der[offset] ?? 0);
  };
  while (offset < stop) {
    offsets[count] = offset;
    enter();
    const end = offset + length;
    while (offset < end) {
      enter();
      offset += length;
    }
    count += 1;
  }
  return count;
}
