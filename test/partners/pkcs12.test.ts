import { execFileSync } from 'node:child_process';
import { createHmac, pbkdf2Sync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import fc from 'fast-check';
import { ProblemError } from '../../src/core/problem.ts';
import { integer, nullValue, objectIdentifier, octetString, sequence, tlv } from '../../src/core/x509/write-der.ts';
import { type BerElement, readBer } from '../../src/partners/ber.ts';
import { oids } from '../../src/partners/pkcs12/algorithms.ts';
import { encodePkcs12, openPkcs12, type Pkcs12Form } from '../../src/partners/pkcs12.ts';
import { valueOrProblem } from '../core/x509/problems.ts';
import { ca, type Issued, type KeyKind } from '../pki.ts';

const root = ca({ subject: 'Acme Root' });
const leaves: Record<string, Issued> = Object.fromEntries(
  (['p256', 'rsa2048', 'ed25519'] satisfies KeyKind[]).map((key) => [
    key,
    root.issue({ subject: 'orders-client', key }),
  ]),
);
const ecLeaf = leaves.p256 ?? root.issue();

function encoded(leaf: Issued, form: Pkcs12Form = 'modern', password = 'secret'): Uint8Array {
  const pkcs8 = leaf.privateKey.export({ type: 'pkcs8', format: 'der' });
  return encodePkcs12({ pkcs8, certificates: [leaf.der, root.der], password, friendlyName: 'orders' }, form);
}

function problemOf(bytes: Uint8Array, password?: string, maxIterations?: number): string {
  try {
    openPkcs12(bytes, { password, maxIterations });
    return 'opened';
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]?.code ?? '';
    throw error;
  }
}

describe('what we write', () => {
  const forms: [string, Pkcs12Form][] = Object.keys(leaves).flatMap((kind) => [
    [kind, 'modern'],
    [kind, 'legacy'],
  ]);
  test.each(forms)('%s %s: we read it, and so does Node', (kind, form) => {
    const leaf = leaves[kind] ?? ecLeaf;
    const bytes = encoded(leaf, form);
    const { keys, certificates } = openPkcs12(bytes, { password: 'secret' });
    expect(certificates.map(({ der }) => Buffer.from(der))).toEqual(
      [leaf.der, root.der].map((der) => Buffer.from(der)),
    );
    expect(keys).toHaveLength(1);
    expect(keys[0]?.friendlyName).toBe('orders');
    expect(keys[0]?.certificate).toBe(certificates[0]);
    expect(keys[0]?.key?.equals(leaf.privateKey)).toBe(true);
    expect(() => createSecureContext({ pfx: Buffer.from(bytes), passphrase: 'secret' })).not.toThrow();
    expect(problemOf(bytes, 'Secret')).toBe('pkcs12_password');
    expect(problemOf(bytes)).toBe('pkcs12_password');
  });
  test('a password that others would encode differently is not taken', () => {
    expect(() => encoded(ecLeaf, 'modern', 'pässword')).toThrow('ASCII');
    expect(() => encoded(ecLeaf, 'modern', '')).toThrow('ASCII');
  });
  test('two files of one key have nothing secret in common', () => {
    expect(Buffer.compare(encoded(ecLeaf), encoded(ecLeaf))).not.toBe(0);
  });
});

/** The parts of a file that we wrote, to put another together. */
function partsOf(bytes: Uint8Array): { authSafe: BerElement; safe: Uint8Array; mac: BerElement } {
  const pfx = readBer(bytes, 'der_malformed');
  const authSafe = pfx.child(1, 0x30, 'authSafe');
  const safe = authSafe.child(1, 0xa0, 'content').child(0, 0x04, 'safe').content;
  return { authSafe, safe, mac: pfx.child(2, 0x30, 'mac') };
}

describe('what others write', () => {
  const bytes = encoded(ecLeaf);
  const { authSafe, safe } = partsOf(bytes);

  test('PBMAC1 (RFC 9579): a right one, a wrong one, one without a key length', () => {
    const pbmac1 = (keyLength: number | undefined, iterations = 2048) => {
      const salt = Buffer.from('saltsalt');
      const key = pbkdf2Sync('secret', salt, 2048, 32, 'sha256');
      const prf = sequence(objectIdentifier(oids.hmacSha256), nullValue());
      const length = keyLength === undefined ? [] : [integer(keyLength)];
      const kdf = sequence(
        objectIdentifier(oids.pbkdf2),
        sequence(octetString(salt), integer(iterations), ...length, prf),
      );
      const algorithm = sequence(objectIdentifier(oids.pbmac1), sequence(kdf, prf));
      const value = createHmac('sha256', key).update(safe).digest();
      const mac = sequence(sequence(algorithm, octetString(value)), octetString(Buffer.from('NOT USED')), integer(1));
      return sequence(integer(3), authSafe.whole, mac);
    };
    expect(openPkcs12(pbmac1(32), { password: 'secret' }).protection.mac?.name).toBe('PBMAC1 sha256');
    expect(problemOf(pbmac1(32), 'wrong')).toBe('pkcs12_password');
    expect(problemOf(pbmac1(32, 2049), 'secret')).toBe('pkcs12_password');
    expect(problemOf(pbmac1(undefined), 'secret')).toBe('pkcs12_malformed');
  });
  test('BER: indefinite lengths, strings in pieces', () => {
    const half = safe.length >> 1;
    const pieces = [octetString(safe.subarray(0, half)), octetString(safe.subarray(half))];
    const end = Uint8Array.of(0, 0);
    const open = (tag: number, ...parts: Uint8Array[]) => Buffer.concat([Uint8Array.of(tag, 0x80), ...parts, end]);
    const content = open(0xa0, open(0x24, ...pieces));
    const ber = open(0x30, integer(3), open(0x30, objectIdentifier(oids.data), content), partsOf(bytes).mac.whole);
    expect(openPkcs12(ber, { password: 'secret' }).keys).toHaveLength(1);
    expect(problemOf(ber.subarray(0, -1), 'secret')).toBe('pkcs12_malformed');
  });
  test('without a MAC the password decides, where something is encrypted', () => {
    const open = sequence(integer(3), authSafe.whole);
    expect(openPkcs12(open, { password: 'secret' }).protection.mac).toBeUndefined();
    expect(problemOf(open, 'wrong')).toBe('pkcs12_password');
  });
  test('iterations are bounded, whatever the file says', () => {
    expect(problemOf(bytes, 'secret', 10_000)).toBe('pkcs12_too_slow');
    expect(problemOf(bytes, 'secret', 30_000)).toBe('opened');
  });
  test('no such file', () => {
    for (const other of [
      new Uint8Array(),
      nullValue(),
      root.der,
      sequence(integer(3)),
      sequence(integer(3), authSafe.whole, tlv(0x30)),
    ])
      expect(problemOf(other, 'secret')).toBe('pkcs12_malformed');
  });
  test('every changed byte is a typed problem or the same contents', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const opened = valueOrProblem(() => openPkcs12(changed, { password: 'secret', maxIterations: 31_000 }));
        if (opened !== undefined) expect(opened.keys[0]?.key?.equals(ecLeaf.privateKey)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    console.warn('SKIPPED: files made by OpenSSL: there is no `openssl` on the PATH');
    return false;
  }
}

(hasOpenssl() ? describe : describe.skip)('files made by OpenSSL', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pkcs12-'));
    for (const [kind, leaf] of Object.entries(leaves)) {
      writeFileSync(join(folder, `${kind}.pem`), leaf.keyPem + leaf.pem);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const made = (kind: string, password: string, ...options: string[]) => {
    const args = [
      'pkcs12',
      '-export',
      '-in',
      `${kind}.pem`,
      '-passout',
      `pass:${password}`,
      '-out',
      'out.p12',
      ...options,
    ];
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    return readFileSync(join(folder, 'out.p12'));
  };
  const ways: [string, string, string[]][] = [
    ['as OpenSSL 3 does', 'secret', []],
    ['RC2-40 and 3DES', 'secret', ['-legacy']],
    ['RC2-128', 'secret', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128']],
    ['PBES2 with RC2-128', 'secret', ['-legacy', '-certpbe', 'RC2-CBC', '-keypbe', 'RC2-CBC']],
    ['PBES2 with RC2-40', 'secret', ['-legacy', '-certpbe', 'RC2-40-CBC', '-keypbe', 'RC2-64-CBC']],
    ['3DES', 'secret', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['3DES with two keys', 'secret', ['-certpbe', 'PBE-SHA1-2DES', '-keypbe', 'PBE-SHA1-2DES']],
    ['AES-128, SHA-512 MAC', 'secret', ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-128-CBC', '-macalg', 'sha512']],
    ['nothing encrypted, no MAC', 'secret', ['-certpbe', 'NONE', '-keypbe', 'NONE', '-nomac']],
    ['an empty password', '', []],
    ['an empty password, legacy', '', ['-legacy']],
    ['a password beyond ASCII', 'pä€ss', []],
    ['a password beyond ASCII, legacy', 'pä€ss', ['-legacy']],
  ];
  test.each(ways)('%s', (_, password, options) => {
    for (const kind of ['p256', 'rsa2048']) {
      const { keys, certificates } = openPkcs12(made(kind, password, ...options), { password });
      expect(keys[0]?.key?.equals((leaves[kind] ?? ecLeaf).privateKey)).toBe(true);
      expect(new X509Certificate(certificates[0]?.der ?? '').subject).toBe('CN=orders-client');
    }
  });
  test('OpenSSL reads what we write', () => {
    for (const form of ['modern', 'legacy'] as const) {
      writeFileSync(join(folder, 'ours.p12'), encoded(ecLeaf, form));
      const args = ['pkcs12', '-in', 'ours.p12', '-passin', 'pass:secret', '-nodes'];
      const text = execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
      expect(text.match(/BEGIN (CERTIFICATE|PRIVATE KEY)/g)).toHaveLength(3);
    }
  });
});
