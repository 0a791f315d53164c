import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { answersFrom, readersOfPkcs12 } from '../../../src/partners/inspect/readers/readers.ts';
import type { ReaderName } from '../../../src/partners/inspect/report.ts';
import { describePkcs12 } from '../../../src/partners/pkcs12.ts';
import { ca } from '../../pki.ts';
import { tools } from './tools.ts';

/** What `inspect` says about who opens a PKCS#12 file, held against the readers that are on this machine. */
jest.setTimeout(180_000);

const root = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
const leaf = root.issue({ subject: { O: 'Acme', CN: 'orders-client' } });

/** How OpenSSL is asked to protect each; a legacy one needs its provider to be made, too. */
const protections: Readonly<Record<string, readonly string[]>> = {
  'AES-256, SHA-256': ['-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC', '-macalg', 'sha256'],
  'AES-256, SHA-1': ['-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC', '-macalg', 'sha1'],
  'AES-128, SHA-512': ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha512'],
  'Triple DES, SHA-1': ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  'RC2-40, SHA-1': ['-legacy'],
  'no MAC': ['-nomac'],
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-pkcs12-'));
  writeFileSync(join(folder, 'leaf.pem'), leaf.pem);
  writeFileSync(join(folder, 'leaf.key'), leaf.keyPem);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, { cwd: folder, stdio: 'pipe', timeout: 60_000 });

const opens: Readonly<Partial<Record<ReaderName, (file: string) => unknown>>> = {
  'OpenSSL 3': (file) => run('openssl', 'pkcs12', '-in', file, '-passin', 'pass:secret', '-nodes'),
  Node: (file) => createSecureContext({ pfx: readFileSync(join(folder, file)), passphrase: 'secret' }),
  'Java 17': (file) => {
    const args = ['-list', '-rfc', '-keystore', file, '-storetype', 'PKCS12', '-storepass', 'secret'];
    // a listing that shows no certificate is no reading
    if (!run('keytool', ...args).includes('BEGIN CERTIFICATE')) throw new Error('shows no certificate');
  },
};
const versionOf = {
  'OpenSSL 3': tools.OpenSSL.version,
  Node: tools.Node.version,
  'Java 17': tools.Java.version,
} as const;

test.each(Object.keys(opens) as (keyof typeof versionOf)[])('%s opens what the rows say', (who) => {
  const source = answersFrom[who];
  const version = versionOf[who]();
  if (version === undefined || source === 'documentation' || tools.OpenSSL.version() === undefined) {
    console.warn(`SKIPPED: ${who}, or OpenSSL that makes the files, is not on this machine`);
    return;
  }
  const differs = Object.entries(protections).flatMap(([name, args], index) => {
    const file = `${index}.p12`;
    run(
      'openssl',
      'pkcs12',
      '-export',
      '-in',
      'leaf.pem',
      '-inkey',
      'leaf.key',
      '-out',
      file,
      '-passout',
      'pass:secret',
      ...args,
    );
    const rows = readersOfPkcs12(describePkcs12(readFileSync(join(folder, file))));
    const said = rows.find((row) => row.who === who)?.takes;
    let found = true;
    let words = '';
    try {
      opens[who]?.(file);
    } catch (error) {
      found = false;
      words = String(error).slice(0, 200);
    }
    return found === said ? [] : [`${name}: ${found ? 'opens it' : `does not open it ${words}`}`];
  });
  if (version === source.ran) expect(differs).toEqual([]);
  else if (differs.length > 0) console.warn(`${who} ${version}, the rows are of ${source.ran}: ${differs.join(', ')}`);
});
