import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, nullValue, objectIdentifier, sequence, tlv } from '../../../src/core/x509/write-der.ts';
import { answersFrom, type Form, readersOfForm } from '../../../src/partners/inspect/readers/readers.ts';
import type { ReaderName } from '../../../src/partners/inspect/report.ts';
import { ca } from '../../pki.ts';
import { tools } from './tools.ts';

jest.setTimeout(120_000);
const root = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
const pem = root.pem;
const signedData = sequence(
  objectIdentifier('1.2.840.113549.1.7.2'),
  tlv(
    0xa0,
    sequence(integer(1), tlv(0x31), sequence(objectIdentifier('1.2.840.113549.1.7.1')), tlv(0xa0, root.der), tlv(0x31)),
  ),
);
const forms: Readonly<Record<Form, Uint8Array>> = {
  pem: Buffer.from(pem),
  'pem-in-text': Buffer.from(`Dear partner,\nhere it is:\n${pem}\nKind regards\n`),
  'pem-marked': Buffer.from(`\ufeff${pem}`),
  'pem-damaged': Buffer.from(pem.replace('-----BEGIN CERTIFICATE-----', '--BEGIN CERTIFICATE--')),
  der: root.der,
  pkcs7: signedData,
  other: sequence(nullValue()),
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-forms-'));
  for (const [form, bytes] of Object.entries(forms)) writeFileSync(join(folder, form), bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, { stdio: 'pipe', timeout: 60_000 });
/** How a person gives a file of each form to the reader. */
const takes: Readonly<Partial<Record<ReaderName, (form: Form) => unknown>>> = {
  'OpenSSL 3': (form) => {
    const path = join(folder, form);
    if (form !== 'pkcs7') return run('openssl', 'x509', '-noout', '-in', path);
    return run('openssl', 'pkcs7', '-inform', 'DER', '-print_certs', '-in', path);
  },
  Node: (form) => new X509Certificate(forms[form]),
  'Java 17': (form) => run('keytool', '-printcert', '-file', join(folder, form)),
};
const versionOf = {
  'OpenSSL 3': tools.OpenSSL.version,
  Node: tools.Node.version,
  'Java 17': tools.Java.version,
} as const;

test.each(Object.keys(takes) as (keyof typeof versionOf)[])('%s takes the forms that the table says', (who) => {
  const source = answersFrom[who];
  const version = versionOf[who]();
  if (version === undefined || source === 'documentation') {
    console.warn(`SKIPPED: ${who} is not on this machine`);
    return;
  }
  const differs = (Object.keys(forms) as Form[]).flatMap((form) => {
    const said = readersOfForm(form).find((reader) => reader.who === who)?.takes;
    let found = true;
    try {
      takes[who]?.(form);
    } catch {
      found = false;
    }
    return found === said ? [] : [`${form}: ${found ? 'takes it' : 'refuses it'}`];
  });
  if (version === source.ran) expect(differs).toEqual([]);
  else if (differs.length > 0) console.warn(`${who} ${version}, the table is of ${source.ran}: ${differs.join(', ')}`);
});

test('readers that nobody ran are said to be from their documentation', () => {
  const documented = readersOfForm('pem').filter(({ who }) => answersFrom[who] === 'documentation');
  expect(documented.map(({ who }) => who)).toEqual(['Java 8', 'Windows', 'API Gateway truststore']);
});
