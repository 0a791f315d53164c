import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { inspectFile } from '../../src/partners/inspect/inspect.ts';
import type { Report } from '../../src/partners/inspect/report.ts';
import { zipOf } from '../../src/partners/kit/zip.ts';
import { encodePkcs12 } from '../../src/partners/pkcs12.ts';
import { ca, during } from '../pki.ts';

const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
const issuing = root.ca({ subject: 'Acme Issuing' });
const leaf = issuing.issue({ subject: { CN: 'orders-client', O: 'Acme, Inc.' } });
const chain = leaf.pem + issuing.pem + root.pem;
const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? Buffer.from(text) : text);
const inspect = (content: string | Uint8Array) => inspectFile(bytes(content), { at: during });
const subjects = (report: Report) =>
  report.items.flatMap(({ kind, facts }) =>
    kind === 'certificate' ? [facts.find(([name]) => name === 'subject')?.[1]] : [],
  );
const all = ['O=Acme\\, Inc.,CN=orders-client', 'CN=Acme Issuing', 'O=Acme,CN=Acme Root'];
const codes = (report: Report) =>
  [...report.findings, ...report.items.flatMap(({ findings }) => findings)].map(({ code }) => code);

const zip = (files: Record<string, string | Uint8Array>) =>
  zipOf(new Map(Object.entries(files).map(([name, content]) => [name, bytes(content)])));

/** An archive with one file, deflated; it says that the file has `size` octets. */
function deflatedZip(name: string, content: Uint8Array, size = content.length): Buffer {
  const packed = deflateRawSync(content);
  const stored = zip({ [name]: packed });
  const central = stored.indexOf(Buffer.from('504b0102', 'hex'));
  for (const at of [8, central + 10]) stored.writeUInt16LE(8, at);
  for (const at of [22, central + 24]) stored.writeUInt32LE(size, at);
  return stored;
}

describe('a ZIP archive', () => {
  test('of files in different forms; what stands in two is there once', () => {
    const report = inspect(zip({ 'a/leaf.cer': leaf.der, 'chain.pem': chain, 'read me.txt': 'Hello' }));
    expect(subjects(report)).toEqual(all);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'unpacked', message: 'from a ZIP archive: a/leaf.cer, chain.pem' }),
    );
  });

  test('deflated, as most programs write it', () => {
    expect(subjects(inspect(deflatedZip('chain.pem', Buffer.from(chain))))).toEqual(all);
    expect(inspect(deflatedZip('chain.pem', Buffer.from(chain), chain.length + 1)).summary).toMatch(
      /cannot be unpacked/,
    );
  });

  test('an archive in an archive, but not for ever', () => {
    let archive = zip({ 'chain.pem': chain });
    const depths = [1, 2, 3, 4].map(() => {
      const found = subjects(inspect(archive)).length;
      archive = zip({ 'inner.zip': archive });
      return found;
    });
    expect(depths).toEqual([3, 3, 3, 0]);
  });

  test('without certificates: what is in it is said', () => {
    const report = inspect(zip({ 'word/document.xml': '<w:document/>', 'contract.pdf': '%PDF-1.7' }));
    expect(report.summary).toMatch(/without certificates/);
    expect(report.findings.at(-1)?.remedy).toContain('contract.pdf: a PDF');
  });

  test('that says it is small and is not, or is damaged, or encrypted', () => {
    const good = Buffer.from(zip({ 'chain.pem': chain }));
    const central = good.indexOf(Buffer.from('504b0102', 'hex'));
    const small = Buffer.from(good);
    small.writeUInt32LE(10, central + 24);
    expect(inspect(small).summary).toMatch(/cannot be unpacked/);
    const encrypted = Buffer.from(good);
    encrypted.writeUInt16LE(1, central + 8);
    expect(inspect(encrypted).summary).toBe('an encrypted ZIP archive');
    expect(inspect(good.subarray(0, good.length - 1)).summary).toBe('a damaged ZIP archive');
    const bomb = Buffer.from(good);
    bomb.writeUInt32LE(900_000_000, central + 24);
    expect(inspect(bomb).summary).toBe('a ZIP archive of more than 8 MB');
  });

  test('that inflates to far more than it says is cut off', () => {
    const zeros = Buffer.alloc(50 * 1024 * 1024);
    expect(inspect(deflatedZip('a', zeros, 1000)).summary).toMatch(/cannot be unpacked/);
    expect(inspect(deflatedZip('a', zeros)).summary).toBe('a ZIP archive of more than 8 MB');
  });
});

test('what archives in an archive hold together is bounded', () => {
  const inner = deflatedZip('a.txt', Buffer.alloc(7 * 1024 * 1024, 'a '));
  const outer = zip(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}.zip`, inner])));
  expect(outer.length).toBeLessThan(1024 * 1024);
  expect(inspect(outer).summary).toMatch(/ZIP archive/);
});

test.each([
  ['lines after a word', `Certificate:${'\n'.repeat(200_000)}x`],
  ['quoting without end', '>'.repeat(4_000_000)],
  ['quoting with spaces', '> '.repeat(2_000_000)],
])('%s: read in time, without a throw', (_, text) => {
  expect(inspect(text).summary).toMatch(/without certificates/);
});

describe('base64 in a text', () => {
  const lines = (content: string | Uint8Array) =>
    Buffer.from(bytes(content)).toString('base64').replace(/.{76}/g, '$&\r\n');
  const mail = (attachment: string | Uint8Array, more = '') =>
    `From: partner@acme.example\r\nSubject: our certificate\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n` +
    `Content-Type: text/plain\r\n\r\nHello,\r\nsee the attachment.${more}\r\n\r\n--b\r\nContent-Type: application/octet-stream; name="a"\r\n` +
    `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="a"\r\n\r\n${lines(attachment)}\r\n--b--\r\n`;

  test.each<[string, string | Uint8Array, number]>([
    ['PEM attached to a mail', mail(chain), 3],
    ['DER attached to a mail', mail(leaf.der), 1],
    ['an archive attached to a mail', mail(zip({ 'leaf.pem': leaf.pem, 'chain.p7b': chain })), 3],
    ['PEM in the mail and the same attached', mail(chain, `\r\n${chain}`), 3],
    ['PEM in the mail, more attached', mail(issuing.pem + root.pem, `\r\n${leaf.pem}`), 3],
    [
      'a secret of Kubernetes',
      `kind: Secret\ndata:\n  ca.crt: ${Buffer.from(root.pem).toString('base64')}\n  tls.crt: ${Buffer.from(leaf.pem).toString('base64')}\n`,
      2,
    ],
    ['JSON', JSON.stringify({ leaf: Buffer.from(leaf.der).toString('base64'), other: 'x' }, null, 2), 1],
  ])('%s', (_, text, count) => {
    const report = inspect(text);
    expect(subjects(report)).toHaveLength(count);
    expect(new Set(subjects(report)).size).toBe(count);
  });

  test('whatever the length of the last line', () => {
    for (let more = 0; more < 80; more += 1) {
      // extra octets of an unknown extension make every length of the last line
      const padded = root.issue({
        subject: { CN: 'x'.repeat(1 + (more % 60)), O: 'Acme'.padEnd(4 + (more % 7), 'x') },
      });
      expect(subjects(inspect(mail(padded.der)))).toHaveLength(1);
    }
  });

  test.each<[string, string, number]>([
    ['a word right before it', `Certificate\n${lines(leaf.der)}\n`, 1],
    [
      'JSON on one line',
      JSON.stringify({ x5c: [leaf, issuing, root].map(({ der }) => Buffer.from(der).toString('base64')) }),
      3,
    ],
    [
      'JSON over lines',
      JSON.stringify({ x5c: [leaf, issuing, root].map(({ der }) => Buffer.from(der).toString('base64')) }, null, 2),
      3,
    ],
    ['a list of YAML', [leaf, root].map(({ der }) => `- ${Buffer.from(der).toString('base64')}\n`).join(''), 2],
  ])('%s', (_, text, count) => {
    expect(subjects(inspect(text))).toHaveLength(count);
  });

  test('what is damaged beside an attachment is said, also the beginning of a key', () => {
    const cut = leaf.keyPem.split('\n').slice(0, 3).join('\r\n');
    const report = inspect(mail(root.pem, `\r\n${cut}\r\n`));
    expect(subjects(report)).toHaveLength(1);
    expect(codes(report)).toEqual(expect.arrayContaining(['block_broken', 'private_key_sent']));
  });

  test('a picture attached, or long words, are nothing', () => {
    expect(inspect(mail(Buffer.from(`89504e47${'00'.repeat(400)}`, 'hex'))).summary).toMatch(/without certificates/);
    expect(inspect('A'.repeat(5000)).summary).toMatch(/without certificates/);
  });

  test('of any text at once: a report, in time that grows with the text only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('-----BEGIN X-----\n', 'AAAA\n', 'a: AAAA=\n', '"', '> ', '=\n'), { maxLength: 400 }),
        (parts) => {
          expect(inspect(parts.join('')).summary).not.toBe('');
        },
      ),
    );
  });
});

describe('a Java key store', () => {
  const utf = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  const number = (value: number) => {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(value);
    return octets;
  };
  const certificate = (der: Uint8Array) => Buffer.concat([utf('X.509'), number(der.length), der]);
  const store = (...entries: Buffer[]) =>
    Buffer.concat([Buffer.from('feedfeed', 'hex'), number(2), number(entries.length), ...entries, Buffer.alloc(20)]);
  const trusted = (der: Uint8Array) => Buffer.concat([number(2), utf('root'), Buffer.alloc(8), certificate(der)]);
  const key = (...ders: Uint8Array[]) =>
    Buffer.concat([
      number(1),
      utf('orders'),
      Buffer.alloc(8),
      number(30),
      Buffer.alloc(30),
      number(ders.length),
      ...ders.map(certificate),
    ]);

  test('its certificates without its password; a key in it is told of', () => {
    const report = inspect(store(trusted(root.der), key(leaf.der, issuing.der)));
    expect(new Set(subjects(report))).toEqual(new Set(all));
    expect(codes(report)).toContain('key_store_keys');
    expect(codes(inspect(store(trusted(root.der))))).not.toContain('key_store_keys');
  });

  test('empty, cut off, or with another kind of entry', () => {
    const whole = store(trusted(root.der));
    expect(inspect(store()).summary).toMatch(/without certificates/);
    for (let length = 4; length < whole.length - 20; length += 7) {
      expect(inspect(whole.subarray(0, length)).summary).toMatch(/damaged Java key store/);
    }
    expect(inspect(store(...Array.from({ length: 2001 }, () => trusted(Uint8Array.of(0x30, 0))))).summary).toMatch(
      /damaged/,
    );
    const other = Buffer.from(whole);
    other.writeUInt32BE(3, 12);
    expect(inspect(other).summary).toMatch(/damaged/);
  });

  const keytool = spawnSync('keytool', ['-help']).error === undefined;
  if (!keytool) console.log('keytool is not on this machine: its own key stores are not read');
  (keytool ? test : test.skip)(
    'as keytool writes it',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'key-store-'));
      const pkcs8 = leaf.privateKey.export({ type: 'pkcs8', format: 'der' });
      const spec = {
        pkcs8,
        certificates: [leaf.der, issuing.der, root.der],
        password: 'secret',
        friendlyName: 'orders',
      };
      writeFileSync(join(folder, 'in.p12'), encodePkcs12(spec, 'modern'));
      for (const type of ['JKS', 'JCEKS']) {
        const out = join(folder, type);
        const from = ['-srckeystore', join(folder, 'in.p12'), '-srcstoretype', 'PKCS12', '-srcstorepass', 'secret'];
        const to = [
          '-destkeystore',
          out,
          '-deststoretype',
          type,
          '-deststorepass',
          'secret1',
          '-destkeypass',
          'secret1',
        ];
        execFileSync('keytool', ['-importkeystore', ...from, ...to], { stdio: 'pipe' });
        expect(subjects(inspect(readFileSync(out)))).toEqual(all);
      }
      rmSync(folder, { recursive: true });
    },
    30_000,
  );
});
