import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { readPemBlocks } from '../../src/core/x509/pem.ts';
import { inProcess } from './in-process.ts';

let folder: string;
const clientFile = (front: string, name: string) => join(folder, front, `truststore/clients/${name}.yaml`);
const plan = (...args: string[]) => inProcess('--front', join(folder, 'front'), 'plan', ...args);
const onStore = (command: string, ...args: string[]) =>
  inProcess('--front', join(folder, 'front'), command, '--store', join(folder, 'releases'), ...args);

function addClient(name: string): void {
  const text = readFileSync(clientFile('front', 'sample-partner'), 'utf8');
  writeFileSync(
    clientFile('front', name),
    text.replace('sample-partner', name).replace(/subject: "?[^}"]*"? \}/, `subject: "CN=${name}" }`),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plan-'));
  expect(await inProcess('--front', join(folder, 'front'), 'init')).toMatchObject({ code: 0 });
  addClient('globex');
  expect(await onStore('publish')).toMatchObject({ code: 0 });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  addClient('globex');
});

test('nothing to change: nobody is named, and --exit-code is 0', async () => {
  const found = await onStore('plan', '--exit-code');
  expect(found).toMatchObject({ code: 0, out: expect.stringContaining('no change') });
  expect(found.out).toContain('nobody who is let in today is refused after it');
});

test('whoever would be refused stands there by name with the reason, and gates count them', async () => {
  rmSync(clientFile('front', 'globex'));
  addClient('initech');
  const found = await onStore('plan');
  expect(found.code).toBe(0);
  expect(found.out).toMatch(
    /let in today, refused after it: 1 client\n +- globex: everything that it may do\n +identity_unknown/,
  );
  expect(found.out).toMatch(/refused today, let in after it: 1 client\n +\+ initech: as a whole/);
  expect(found.out).toMatch(/- client globex +\(publish\)/);
  expect((await onStore('plan', '--exit-code')).code).toBe(1);
  expect(await onStore('plan', '--max-lost', '0')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--max-lost is 0'),
  });
  expect((await onStore('plan', '--max-lost', '1', '--max-gained', '1')).code).toBe(0);
  expect((await onStore('plan', '--max-gained', '0')).code).toBe(1);
  expect((await onStore('plan', '--max-lost', 'none')).code).toBe(2);
  const document = JSON.parse((await onStore('plan', '--json')).out);
  expect(document).toMatchObject({
    format: 1,
    impact: { lost: [{ client: 'globex', whole: true }], gained: [{ client: 'initech' }] },
  });
  rmSync(clientFile('front', 'initech'));
}, 60_000);

test('two fronts; Markdown holds nothing but text, whatever a name says', async () => {
  cpSync(join(folder, 'front'), join(folder, 'other'), { recursive: true });
  writeFileSync(
    clientFile('other', 'globex'),
    readFileSync(clientFile('other', 'globex'), 'utf8').replace(
      /subject: "CN=globex"/,
      `subject: "CN=@team ::set-output | <a href=x>"`,
    ),
  );
  const found = await plan('--against', join(folder, 'other'), '--markdown');
  expect(found.code).toBe(0);
  expect(found.out).toContain('team');
  // each in code, and none of it a character that means something
  for (const text of ['@team', '::set-output', '<a', 'href=x']) expect(found.out).not.toContain(text);
  expect(found.out).toMatch(/<code>[^<]*&#64;team/);
  expect((await plan('--against', join(folder, 'other'), '--out', join(folder, 'x.json'))).code).toBe(2);
});

describe('callers of a log', () => {
  const line = (more: object) =>
    JSON.stringify({
      format: 1,
      type: 'decision',
      time: '2026-03-04T05:06:07.000Z',
      reference: 'a'.repeat(20),
      front: frontId(),
      ...more,
    });
  const frontId = () => /^id: (\S+)/m.exec(readFileSync(join(folder, 'front/sallyport.yaml'), 'utf8'))?.[1] ?? '';
  const request = { method: 'GET', address: '203.0.113.7' };
  const log = (...lines: string[]) => {
    writeFileSync(join(folder, 'log.json'), lines.join('\n'));
    return onStore('plan', '--replay', join(folder, 'log.json'));
  };
  const allowed = { outcome: 'allow', client: 'globex', request };

  test('last use by name; what the log does not tell is not known, and 3', async () => {
    rmSync(clientFile('front', 'globex'));
    const pem = readFileSync(join(folder, 'front/truststore/authorities/sample-ca.pem'), 'utf8');
    const issuers = readPemBlocks(pem).map(({ der }) => hash('sha256', parseCertificate(der).subject.der, 'hex'));
    const lost = await log(
      ...issuers.map((issuerSha256) =>
        line({ ...allowed, certificate: { sha256: issuerSha256, subject: 'CN=globex', issuerSha256 } }),
      ),
    );
    expect(lost.out).toContain('globex, CN=globex, last on 2026-03-04 (1 request): identity_unknown');
    const gap = await log(
      line({ ...allowed, certificate: { sha256: 'c'.repeat(64), subject: 'CN=globex', issuerSha256: '0'.repeat(64) } }),
    );
    expect(gap).toMatchObject({ code: 3, out: expect.stringContaining('not known: 1 caller, 0 lines') });
    const cut = await log(line({ outcome: 'deny', request }), line({ outcome: 'deny', request }).slice(0, 90));
    expect(cut).toMatchObject({ code: 3, out: expect.stringContaining('not known: 0 callers, 1 line') });
    // without a certificate nobody is let in, before or after
    expect((await log(line({ outcome: 'deny', request }))).code).toBe(0);
  });

  test('a plan that was agreed to elsewhere: published as it is, or not at all', async () => {
    const path = join(folder, 'plan.json');
    rmSync(clientFile('front', 'globex'));
    expect(await onStore('plan', '--out', path)).toMatchObject({
      code: 0,
      err: expect.stringContaining('1 client lost'),
    });
    const planned = JSON.parse(readFileSync(path, 'utf8'));
    expect(Object.keys(planned).sort()).toEqual([
      'deployed',
      'format',
      'front',
      'gained',
      'live',
      'lost',
      'madeAt',
      'overlays',
      'release',
    ]);
    // other files than those that were planned
    addClient('initech');
    expect(await onStore('publish', path)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/what the files compile to is not as it was planned[\s\S]*would be let in is not/),
    });
    rmSync(clientFile('front', 'initech'));
    // too old, edited, none
    const write = (more: object) => writeFileSync(path, canonicalJson({ ...planned, ...more }));
    write({ madeAt: new Date(Date.parse(planned.madeAt) - 86_400_001).toISOString() });
    expect(await onStore('publish', path)).toMatchObject({ code: 1, err: expect.stringContaining('24 hours') });
    write({ lost: 0 });
    expect(await onStore('publish', path)).toMatchObject({ code: 1, err: expect.stringContaining('would be refused') });
    writeFileSync(path, JSON.stringify(planned, undefined, 2));
    expect((await onStore('publish', path)).code).toBe(3);
    write({});
    expect(await onStore('publish', path)).toMatchObject({ code: 0, out: expect.stringContaining('live: release') });
    // and once only: what was live is no more
    expect(await onStore('publish', path)).toMatchObject({ code: 1, err: expect.stringContaining('the live release') });
  }, 60_000);

  test('the log of another front, and one without a decision, are refused', async () => {
    expect(await log(line({ ...allowed, front: 'another-1a2b' }))).toMatchObject({
      code: 3,
      err: expect.stringContaining('another front'),
    });
    expect(await log('{"hello": 1}')).toMatchObject({ code: 3, err: expect.stringContaining('no decision') });
  });
});
