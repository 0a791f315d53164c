import fc from 'fast-check';
import { ProblemError } from '../../src/core/problem.ts';
import { pemFromDer } from '../../src/core/x509/pem.ts';
import {
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  tlv,
} from '../../src/core/x509/write-der.ts';
import { type InspectOptions, inspectFile } from '../../src/partners/inspect/inspect.ts';
import { hasErrors, type Report } from '../../src/partners/inspect/report.ts';
import { encodePkcs12 } from '../../src/partners/pkcs12.ts';
import { ca, during, selfSigned } from '../pki.ts';

const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
const issuing = root.ca({ subject: 'Acme Issuing' });
const leaf = issuing.issue({
  subject: { CN: 'orders-client', O: 'Acme, Inc.' },
  names: [{ dns: 'orders.acme.example' }],
});
const chain = leaf.pem + issuing.pem + root.pem;

const inspect = (content: string | Uint8Array, more: Partial<InspectOptions> = {}) =>
  inspectFile(typeof content === 'string' ? Buffer.from(content) : content, { at: during, ...more });
const codes = (report: Report) =>
  [...report.findings, ...report.items.flatMap(({ findings }) => findings)].map(({ code }) => code);
const kinds = (report: Report) => report.items.map(({ kind }) => kind).join(' ');
const factOf = (report: Report, name: string) =>
  report.items.flatMap(({ facts }) => facts).find(([known]) => known === name)?.[1];
const takes = (report: Report) => report.readers.filter(({ takes: yes }) => yes).map(({ who }) => who);

describe('certificates', () => {
  test('a chain in order has nothing wrong with it', () => {
    const report = inspect(chain);
    expect(report.summary).toBe('3 certificates: O=Acme\\, Inc.,CN=orders-client');
    expect(kinds(report)).toBe('certificate certificate certificate');
    expect(codes(report)).toEqual([]);
    expect(hasErrors(report)).toBe(false);
    expect(report.readers).toContainEqual({
      who: 'API Gateway truststore',
      takes: true,
      how: 'its CA certificates; with them the client is let in',
    });
  });
  test('any other order is said, and what is missing', () => {
    expect(codes(inspect(root.pem + leaf.pem + issuing.pem))).toEqual(['wrong_order']);
    const alone = inspect(leaf.pem);
    expect(codes(alone)).toEqual(['chain_incomplete']);
    expect(takes(alone)).not.toContain('API Gateway truststore');
    expect(codes(inspect(leaf.pem + leaf.pem + chain))).toEqual(['duplicates']);
    expect(codes(inspect(chain + ca({ subject: 'Globex Root' }).pem))).toEqual(['unrelated']);
    expect(codes(inspect(chain + root.issue({ subject: 'second' }).pem))).toEqual(['several_clients', 'unrelated']);
    expect(codes(inspect(leaf.pem + ca({ subject: 'Acme Issuing' }).pem))).toContain('signature_invalid');
    expect(codes(inspect(selfSigned().pem))).toEqual(['self_signed']);
  });
  test('what each is refused for, with what to do', () => {
    const day = 86_400_000;
    expect(codes(inspect(root.issue({ notAfter: during - day }).pem + root.pem))).toEqual(['expired']);
    expect(codes(inspect(root.issue({ notAfter: during + 10 * day }).pem + root.pem))).toEqual(['expires_soon']);
    expect(codes(inspect(root.issue({ purposes: ['serverAuth'] }).pem + root.pem))).toEqual(['extended_key_usage']);
    expect(codes(inspect(root.issue({ key: 'rsa1024', signatureHash: 'sha1' }).pem + root.pem))).toEqual([
      'weak_signature',
      'weak_key',
    ]);
    expect(codes(inspect(root.issue({ replace: { serial: integer('7f'.repeat(21)) } }).pem + root.pem))).toEqual([
      'malformed',
      'serial_too_long',
    ]);
    const [finding] =
      inspect(root.issue({ replace: { serial: octetString(Uint8Array.of(1)) } }).pem).items[0]?.findings ?? [];
    expect(finding).toMatchObject({ severity: 'error', code: 'certificate_malformed' });
  });
  test('DER, PKCS#7 in DER and in PEM', () => {
    const der = inspect(leaf.der);
    expect([kinds(der), codes(der)]).toEqual(['certificate', ['chain_incomplete']]);
    expect(takes(der)).toEqual(['OpenSSL 3', 'Node', 'Java 8', 'Java 17', 'Windows']);
    const bag = pkcs7(leaf.der, issuing.der, root.der);
    const pem = pemFromDer(bag, 'PKCS7');
    for (const report of [inspect(bag), inspect(pem)]) {
      expect(kinds(report)).toBe('pkcs7 certificate certificate certificate');
      expect(hasErrors(report)).toBe(false);
      expect(takes(report)).toEqual(['OpenSSL 3', 'Java 8', 'Java 17', 'Windows']);
    }
  });
});

function pkcs7(...certificates: Uint8Array[]): Uint8Array {
  const data = sequence(objectIdentifier('1.2.840.113549.1.7.1'));
  const signed = sequence(integer(1), setOf(), data, tlv(0xa0, ...certificates), setOf());
  return sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, signed));
}

describe('what happens to text on its way', () => {
  const pem = leaf.pem;
  const html = pem.replaceAll('+', '&#43;').replaceAll('=', '&equals;').replaceAll('\n', '<br>\n');
  const cases: [string, string | Uint8Array, string[]][] = [
    ['Windows line ends', pem.replaceAll('\n', '\r\n'), ['windows_line_ends']],
    ['a byte order mark', `\ufeff${pem}`, ['byte_order_mark']],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${pem}`, 'utf16le'), ['utf16']],
    ['UTF-16, big end first', Buffer.from(`\ufeff${pem}`, 'utf16le').swap16(), ['utf16']],
    ['UTF-16 without a mark', Buffer.from(pem, 'utf16le'), ['utf16']],
    ['mail quoting', `Hello,\n> here it is:\n> ${pem.trim().replaceAll('\n', '\n> ')}\n`, ['mail_quoting']],
    ['quoting of a quotation', `>> ${pem.trim().replaceAll('\n', '\n>> ')}`, ['mail_quoting']],
    ['HTML', `<html><div>${html}</div>`, ['html']],
    ['quoted-printable', pem.replaceAll('=', '=3D').replace(/(.{60})(.)/g, '$1=\r\n$2'), ['quoted_printable']],
    ['line ends in JSON', JSON.stringify({ certificate: pem }), ['escaped_line_ends']],
    ['indented, as in YAML', `certificate: |\n  ${pem.replaceAll('\n', '\n  ')}`, ['indented']],
    ['long dashes', pem.replaceAll('-----', '–––'), ['dashes']],
    ['zero-width spaces', pem.replace('\n', '\u200b\n'), ['invisible_characters']],
    ['percent-encoding', encodeURIComponent(pem), ['url_encoding']],
    ['one line', pem.replaceAll('\n', ' ').replace('E----- ', 'E-----'), ['one_line']],
    ['no BEGIN', pem.replace(/-----.*-----/g, ''), ['bare_base64']],
  ];
  test.each(cases)('%s', (_, content, expected) => {
    const report = inspect(content);
    expect(factOf(report, 'sha256')).toBe(factOf(inspect(pem), 'sha256'));
    expect(codes(report)).toEqual([...expected, 'chain_incomplete']);
    const harmless = ['windows_line_ends', 'byte_order_mark'].includes(expected[0] ?? '');
    expect(takes(report).includes('OpenSSL 3')).toBe(harmless);
    expect(takes(report).includes('Java 17')).toBe(expected[0] === 'windows_line_ends');
  });
  test('text around blocks is no damage', () => {
    const report = inspect(`subject=CN = orders-client\n${pem}`);
    expect(takes(report)).toContain('OpenSSL 3');
    expect(report.items[0]?.line).toBe(2);
  });
  test('more blocks than are looked at', () => {
    expect(codes(inspect('-----BEGIN FOO-----\nMAA=\n-----END FOO-----\n'.repeat(2001)))).toContain('too_many_blocks');
  });
  test('a block that was cut off or changed', () => {
    expect(codes(inspect(pem.slice(0, 300)))).toEqual(['block_broken', 'nothing_found']);
    expect(codes(inspect(pem.slice(0, 300) + chain))).toEqual(['block_broken']);
    expect(codes(inspect(pem.replace('M', '?')))).toContain('block_broken');
  });
});

describe('everything else that people send', () => {
  test('a key in the open, and whose it is', () => {
    const report = inspect(leaf.keyPem + chain);
    expect(codes(report)).toEqual(['private_key_sent']);
    expect(factOf(report, 'belongs to')).toBe('certificate 1 of this file');
    expect(factOf(inspect(leaf.keyPem), 'belongs to')).toBe('no certificate of this file');
    const locked = leaf.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    expect(codes(inspect(locked.toString()))).toEqual(['private_key_sent']);
    expect(codes(inspect(leaf.privateKey.export({ type: 'sec1', format: 'pem' }).toString()))).toEqual([
      'private_key_sent',
    ]);
    expect(kinds(inspect(leaf.publicKey.export({ type: 'spki', format: 'pem' }).toString()))).toBe('public-key');
  });
  test('foreign formats, by name', () => {
    expect(inspect(Buffer.from('feedfeed00000002', 'hex'))).toMatchObject({
      summary: 'a damaged Java key store (JKS)',
    });
    expect(inspect('%PDF-1.7').summary).toBe('a PDF');
    expect(inspect('ssh-ed25519 AAAA').summary).toMatch(/SSH/);
    expect(inspect('').summary).toBe('an empty file');
    expect(inspect('Dear all, see attachment').summary).toMatch(/without certificates/);
    expect(inspect(Uint8Array.of(1, 0, 2, 0, 0, 0)).summary).toMatch(/binary/);
    expect(codes(inspect('-----BEGIN FOO-----\nMAA=\n-----END FOO-----\n'))).toEqual(['unknown_block']);
  });
  test('too large is refused', () => {
    expect(() => inspect(new Uint8Array(9 * 1024 * 1024))).toThrow(ProblemError);
  });
});

describe('PKCS#12', () => {
  const pkcs8 = leaf.privateKey.export({ type: 'pkcs8', format: 'der' });
  const file = (form: 'modern' | 'legacy', certificates = [leaf.der, issuing.der, root.der]) =>
    encodePkcs12({ pkcs8, certificates, password: 'secret', friendlyName: 'orders' }, form);
  test('locked, opened, with the wrong password', () => {
    const locked = inspect(file('modern'));
    expect([kinds(locked), codes(locked)]).toEqual(['pkcs12', ['locked']]);
    const opened = inspect(file('modern'), { password: 'secret' });
    expect([kinds(opened), codes(opened)]).toEqual(['pkcs12 certificate certificate certificate', []]);
    expect(factOf(opened, 'this Node')).toBe('opens it');
    expect(codes(inspect(file('modern'), { password: 'Secret' }))).toEqual(['pkcs12_password']);
  });
  test('who opens which', () => {
    expect(takes(inspect(file('modern')))).toEqual(['OpenSSL 3', 'Node', 'Java 8', 'Java 17', 'Windows']);
    const legacy = inspect(file('legacy'), { password: 'secret' });
    expect(codes(legacy)).toEqual(['pkcs12_old']);
    expect(legacy.readers).toContainEqual({ who: 'Java 8', takes: true, how: undefined });
  });
  test('a key without its certificate, a certificate without a key', () => {
    expect(codes(inspect(file('modern', [root.der]), { password: 'secret' }))).toEqual([
      'root_alone',
      'pkcs12_key_differs',
    ]);
    const empty = sequence(objectIdentifier('1.2.840.113549.1.7.1'), tlv(0xa0, octetString(sequence())));
    const report = inspect(sequence(integer(3), empty));
    expect(codes(report)).toEqual(
      expect.arrayContaining([
        'pkcs12_without_mac',
        'pkcs12_unencrypted',
        'pkcs12_without_key',
        'pkcs12_without_certificate',
      ]),
    );
  });
});

describe('bytes from outside', () => {
  const samples = [Buffer.from(chain), leaf.der, pkcs7(leaf.der, root.der), Buffer.from(leaf.keyPem), nullValue()];
  test('a report or a typed problem, whatever is changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (sample, changes) => {
          const bytes = Uint8Array.from(sample);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          expect(inspect(bytes).summary).not.toBe('');
        },
      ),
      { numRuns: 300 },
    );
  });
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => inspect(text).summary !== ''));
  });
});
