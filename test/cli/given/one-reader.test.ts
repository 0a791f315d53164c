import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judged } from '../../../src/partners/add/judged.ts';
import { documentOf, inProcess } from '../in-process.ts';
import { issuing, kinds, leaf, root } from './kinds.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-given-'));
const front = join(folder, 'front');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => expect(await inProcess('init', front)).toMatchObject({ code: 0 }));

const sha256 = ({ der }: { readonly der: Uint8Array }) => createHash('sha256').update(der).digest('hex');
const own = [leaf, issuing, root].map(sha256);
const passwordFile = join(folder, 'pw');
writeFileSync(passwordFile, 'Zomer2026!\n');

interface Found {
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  readonly items: readonly {
    readonly kind: string;
    readonly facts: Readonly<Record<string, string>>;
    readonly findings: readonly { readonly code: string; readonly message: string }[];
  }[];
}

describe.each(kinds)('$name', ({ name, bytes, holds = 3, password }) => {
  const file = join(folder, name);
  const secret = password === undefined ? [] : ['--password-file', passwordFile];
  const add = ['client', 'add', 'umbra', '--from', file, '--allow', 'GET /orders/**', '--without-lists', 'by hand'];
  let inspected: Found;
  beforeAll(async () => {
    writeFileSync(file, bytes);
    inspected = documentOf(await inProcess('--json', 'inspect', file, ...secret)) as unknown as Found;
  });

  test('every command finds the same certificates in it', async () => {
    const shas = inspected.items.flatMap(({ kind, facts }) => (kind === 'certificate' ? [facts.sha256] : []));
    expect([...new Set(shas)].sort()).toEqual(own.slice(0, holds).sort());
    const why = await inProcess('--json', '--front', front, 'why', file, '--request', 'GET /orders/1', ...secret);
    expect(documentOf(why)).toMatchObject({ certificate: { sha256: own[0] } });
    expect(documentOf(await inProcess('--json', 'name', file, ...secret))).toMatchObject({ sha256: own[0] });
    const added = documentOf(await inProcess('--json', '--front', front, ...add, ...secret));
    const gaps = (added.gaps as { code: string; text: string }[]).map(({ code }) => code);
    expect(gaps).toEqual(holds === 3 ? [] : ['issuer_missing']);
    if (holds === 3) expect(added.firstDecision).toEqual({ identified: true, reasons: [] });
    const authority = await inProcess(
      '--json',
      '--front',
      front,
      'authority',
      'add',
      'umbra-ca',
      '--from',
      file,
      '--without-lists',
      'by hand',
      ...secret,
    );
    if (holds === 3) {
      expect(documentOf(authority)).toMatchObject({ gaps: [] });
      const pem = (documentOf(authority).files as { file: string; text: string }[])[0]?.text;
      expect(pem).toBe(issuing.pem + root.pem);
    } else expect(authority.code).toBe(2);
  });

  test('client add says what inspect finds, but for what is judged', async () => {
    const { warnings, gaps } = documentOf(await inProcess('--json', '--front', front, ...add, ...secret)) as {
      warnings: { text: string }[];
      gaps: { text: string }[];
    };
    const said = [...warnings, ...gaps].map(({ text }) => text).join('\n');
    for (const { code, message } of [...inspected.findings, ...inspected.items.flatMap((item) => item.findings)]) {
      if (judged[code] === undefined) expect(said).toContain(message);
    }
  });
});
