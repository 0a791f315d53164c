import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { type Name, nameFromRdns } from '../../../../src/core/x509/name.ts';
import { nameTextOf, parseNameText, readingsOf } from '../../../../src/core/x509/name-text.ts';
import { dialects } from '../../../../src/core/x509/names/dialects.ts';
import { attributeTypeOf } from '../../../../src/core/x509/oid.ts';
import type { AttributeSpec } from '../../../../src/core/x509/write.ts';
import { stringTag } from '../../../../src/core/x509/write-der.ts';
import { ca } from '../../../pki.ts';

jest.setTimeout(180_000);

type Rdns = readonly (readonly AttributeSpec[])[];
const rdn = (...attributes: readonly (readonly [type: string, value: string])[]) =>
  attributes.map(([type, value]) => ({ type, value }));

/** The name that every tool prints differently, in the order of the certificate. */
const everybodysTrouble: Rdns = [
  rdn(['C', 'NL']),
  rdn(['O', 'Acme, Inc.']),
  rdn(['OU', 'Zahlungen & Café']),
  rdn(['DC', 'example']),
  rdn(['organizationIdentifier', 'PSDNL-DNB-12345']),
  rdn(['serialNumber', '0042']),
  rdn(['CN', 'client one+x']),
  rdn(['emailAddress', 'api@acme.example']),
];
const odd: Rdns = [
  rdn(['C', 'NL']),
  rdn(['ST', 'N. H.'], ['L', 'Amsterdam']),
  rdn(['STREET', '1/2 "Main" St']),
  rdn(['postalCode', '1012 AB']),
  rdn(['O', '# sharp#']),
  rdn(['OU', 'a']),
  rdn(['OU', '  lead; <b>=\\']),
  rdn(['OU', 'two  spaces']),
  rdn(['UID', 'u1']),
  rdn(['title', 'Dr']),
  rdn(['givenName', 'Gé']),
  rdn(['1.2.3.4', 'own 1']),
  rdn(['description', '☺ 😀']),
  rdn(['CN', 'first']),
  rdn(['CN', 'trail ']),
  rdn(['name', ' ']),
];
const multiValued: Rdns = [rdn(['DC', 'example']), rdn(['DC', 'acme']), rdn(['OU', 'b'], ['CN', 'x'], ['UID', '7'])];
const types =
  'CN SN serialNumber L ST STREET O OU title description businessCategory postalAddress postalCode telephoneNumber name GN initials generationQualifier x500UniqueIdentifier dnQualifier houseIdentifier pseudonym role organizationIdentifier UID DC emailAddress unstructuredName unstructuredAddress jurisdictionL jurisdictionST jurisdictionC'.split(
    ' ',
  );
const everyType: Rdns = types.map((type) => rdn([type, type.startsWith('jurisdictionC') ? 'NL' : 'v']));

/** Other string types. Not TeletexString: Java and Python read it as UTF-8, OpenSSL and we as Latin-1. */
const encodings: Rdns = [
  [{ type: 'O', value: 'Ünï, 😀', tag: stringTag.utf8 }],
  [{ type: 'OU', value: 'Wide é', tag: stringTag.bmp }],
  [{ type: 'description', value: 'Wide é', tag: stringTag.bmp }],
];

const root = ca({ subject: 'Root' });
const made = Object.entries({ everybodysTrouble, odd, multiValued, everyType, encodings }).map(([label, subject]) => {
  const issued = root.issue({ subject });
  return { label, pem: issued.pem, name: parseCertificate(issued.der).subject };
});
const written = (id: string, name: Name): string | undefined =>
  dialects.find((dialect) => dialect.id === id)?.write(name);
const ours = (id: string) => made.map(({ name }) => written(id, name));

const folder = mkdtempSync(join(tmpdir(), 'sallyport-dialects-'));
const files = made.map(({ label, pem }) => {
  const file = join(folder, `${label}.pem`);
  writeFileSync(file, pem);
  return file;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A test that runs where the tool is, and says why not where it is not. */
function withTool(tool: string, args: readonly string[], title: string, run: (version: string) => void): void {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  if (status === 0) test(title, () => run(`${stdout}${stderr}`));
  else test.skip(`${title} (skipped: no ${[tool, ...args].join(' ')} on this machine)`, () => undefined);
}

/** Before 47 cryptography escapes a value of one space twice, and before 41 the parts of one RDN come in any order. */
function beforePython47(line: string): string {
  const sorted = (rdn: string) =>
    rdn
      .split(/(?<!\\)\+/)
      .sort()
      .join('+');
  return line
    .split(/(?<!\\),/)
    .map((rdn) => sorted(rdn.replace(/=\\\\ $/, '=\\ ')))
    .join(',');
}

describe('what each dialect writes is what the tool prints', () => {
  withTool('openssl', ['version'], 'OpenSSL: default, RFC2253, compat', (version) => {
    const subject = (file: string, ...options: readonly string[]) =>
      execFileSync('openssl', ['x509', '-in', file, '-noout', '-subject', ...options], { encoding: 'utf8' })
        .replace(/^subject=/, '')
        .replace(/\n$/, '');
    const spaced = /^OpenSSL 3\.[01]\./.test(version);
    expect(ours(spaced ? 'openssl' : 'openssl-3.2')).toEqual(files.map((file) => subject(file)));
    expect(ours('openssl-rfc2253')).toEqual(files.map((file) => subject(file, '-nameopt', 'RFC2253')));
    expect(ours('openssl-compat')).toEqual(files.map((file) => subject(file, '-nameopt', 'compat')));
  });

  test('Node', () => {
    expect(ours('node')).toEqual(made.map(({ pem }) => new X509Certificate(pem).subject));
  });

  withTool('python3', ['-c', 'import cryptography; print(cryptography.__version__)'], 'Python', (version) => {
    const script =
      "import sys\nfrom cryptography import x509\nfor f in sys.argv[1:]: sys.stdout.buffer.write((x509.load_pem_x509_certificate(open(f,'rb').read()).subject.rfc4514_string()+'\\n').encode())";
    const lines = execFileSync('python3', ['-c', script, ...files], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    const exact = Number.parseInt(version, 10) >= 47;
    const line = (text: string | undefined) => (exact ? text : beforePython47(text ?? ''));
    expect(ours('python').map(line)).toEqual(lines.map(line));
  });

  withTool('java', ['-version'], 'Java: toString() and getName()', () => {
    const source = join(folder, 'Print.java');
    writeFileSync(
      source,
      `import java.io.*; import java.security.cert.*;
public class Print { public static void main(String[] files) throws Exception {
  PrintStream out = new PrintStream(System.out, true, "UTF-8");
  for (String file : files) {
    X509Certificate c = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(file));
    out.println(c.getSubjectX500Principal().toString());
    out.println(c.getSubjectX500Principal().getName());
  } } }`,
    );
    const lines = execFileSync('java', [source, ...files], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(ours('java')).toEqual(lines.filter((_, index) => index % 2 === 0));
    const readable = made.filter(({ label }) => label !== 'encodings').length;
    const names = lines.filter((_, index) => index % 2 === 1);
    expect(ours('java-rfc2253').slice(0, readable)).toEqual(names.slice(0, readable));
  });

  withTool('go', ['version'], 'Go', () => {
    const source = join(folder, 'print.go');
    writeFileSync(
      source,
      'package main\nimport ("crypto/x509"; "encoding/pem"; "fmt"; "os")\nfunc main() { for _, f := range os.Args[2:] { b, _ := os.ReadFile(f); p, _ := pem.Decode(b); c, err := x509.ParseCertificate(p.Bytes); if err != nil { panic(err) }; fmt.Println(c.Subject.String()) } }\n',
    );
    const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' };
    const out = execFileSync('go', ['run', source, '--', ...files], { encoding: 'utf8', env });
    expect(ours('go')).toEqual(out.trimEnd().split('\n'));
  });

  test('.NET and API Gateway, of which there is none here: as documented', () => {
    const [first] = made;
    expect(first && written('azure', first.name)).toBe(
      'E=api@acme.example, CN="client one+x", SERIALNUMBER=0042, OID.2.5.4.97=PSDNL-DNB-12345, DC=example, OU=Zahlungen & Café, O="Acme, Inc.", C=NL',
    );
    expect(first && written('aws', first.name)).toMatch(/^C=NL,O=Acme\\, Inc\.,.*,emailAddress=api@acme\.example$/);
  });
});

const value = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(' ', ',', '+', '"', '\\', '<', '>', ';', '=', '#', '/', 'a', 'é', '😀'),
      minLength: 1,
    }),
  )
  .filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text) && text.isWellFormed());
const attribute = fc.record({
  type: fc.constantFrom('C', 'O', 'OU', 'DC', 'CN', 'ST', 'UID', 'emailAddress', '2.5.4.97', '1.2.3.4'),
  value,
});
const anyName = fc
  .array(fc.uniqueArray(attribute, { minLength: 1, maxLength: 3, selector: ({ type }) => type }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((rdns) =>
    nameFromRdns(rdns.map((each) => each.map((one) => ({ ...one, type: attributeTypeOf(one.type) ?? '' })))),
  );

describe('what is written is read back', () => {
  const forward = new Set(['openssl', 'openssl-3.2']);

  test.each(dialects.filter(({ lossy }) => !lossy))('$id: parse, write, parse is the identity', ({ id, write }) => {
    fc.assert(
      fc.property(anyName, (name) => {
        const text = write(name);
        // One of the readings is the name; which one, when there are two, the mark decides.
        if (!text.includes('\n')) expect(readingsOf(text).map((reading) => reading.name.key)).toContain(name.key);
        const marked = id === 'node' ? text : `${forward.has(id) ? 'forward' : 'rfc4514'}:${text}`;
        if (id !== 'node' || name.rdns.length > 1) expect(parseNameText(marked).key).toBe(name.key);
      }),
      { numRuns: 300 },
    );
  });

  test('the text for a file is read without a mark', () => {
    fc.assert(fc.property(anyName, (name) => expect(parseNameText(nameTextOf(name)).key).toBe(name.key)));
  });

  test('a value that is no text is printed as its DER, and one that nobody agrees on as Latin-1', () => {
    const number = parseNameText('1.2.3.4=#020105,CN=a');
    for (const { id, write } of dialects) {
      if (!id.includes('compat') && !id.includes('legacy')) expect(write(number).toLowerCase()).toContain('#020105');
    }
    const teletex = nameFromRdns([[{ type: '2.5.4.3', value: 'Gé', tag: stringTag.teletex }]]);
    expect(written('openssl-compat', teletex)).toBe('/CN=G\\xE9');
    expect(written('node', teletex)).toBe('CN=Gé');
    expect(written('go', nameFromRdns([[{ type: '1.2.3.4', value: '' }]]))).toBe('1.2.3.4=#1300');
    expect(written('openssl-compat', nameFromRdns([[{ type: '2.5.4.3', value: 'x'.repeat(300) }]]))).toBe(
      `/CN=${'x'.repeat(300)}`,
    );
  });

  test('what is lossy is printed, never an exception', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        for (const { write } of dialects) expect(typeof write(name)).toBe('string');
      }),
      { numRuns: 200 },
    );
  });
});
