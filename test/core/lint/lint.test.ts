import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { lint, runRules } from '../../../src/core/lint/lint.ts';
import { lintPage } from '../../../src/core/lint/page.ts';
import { sarifOf } from '../../../src/core/lint/sarif.ts';
import { lintRules } from '../../../src/core/lint/table.ts';
import type { Problem } from '../../../src/core/problem.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import { ca, keyPair } from '../../pki.ts';
import { at, client, dns, exactly, key, place } from '../registry/sources.ts';
import { bundle, fixtures, front, good, options } from './fixtures.ts';

const codes = (input: typeof good, problems: readonly Problem[] = []) =>
  lint(input, problems, options).map(({ rule }) => rule);

test('a good front: nothing', () => {
  expect(codes(good)).toEqual([]);
});

describe('problems of the compiler', () => {
  const leaf = fixtures.leaf_in_authority?.fail() ?? good;
  const v1 = fixtures.ca_before_version_3?.fail() ?? good;
  const here = { file: 'truststore/authorities/acme-ca.pem', line: 1, column: 1 };
  const said: Problem = { code: 'leaf_in_authority', message: 'this certificate is not a CA', place: here };

  test('are left out where a rule says the same of the same line', () => {
    expect(codes(leaf, [said]).filter((code) => code === 'leaf_in_authority')).toHaveLength(1);
    expect(codes(v1, [said])).not.toContain('leaf_in_authority');
    expect(codes(v1)).toContain('ca_before_version_3');
  });

  test('stand beside the findings otherwise, as errors, in the order of files and lines', () => {
    const problem: Problem = {
      code: 'tier_unknown',
      message: 'm',
      place: { file: 'a.yaml', line: 3 },
      allowed: 'x',
      remedy: 'r',
    };
    const [first, ...rest] = lint(leaf, [problem, { ...said, place: { ...here, line: 99 } }], options);
    expect(first).toMatchObject({ rule: 'tier_unknown', severity: 'error', title: 'm', remedy: 'r', fixable: false });
    expect(first?.why).toContain('Allowed: x');
    const [nowhere] = lint(
      good,
      [
        { code: 'too_deep', message: 'm' },
        { code: 'file_empty', message: 'm' },
      ],
      options,
    );
    expect(nowhere).toMatchObject({ rule: 'too_deep', place: {} });
    expect(rest.at(-1)).toMatchObject({ rule: 'leaf_in_authority', place: { line: 99 } });
  });
});

test('one fault is one finding for each certificate, also when the file has it twice', () => {
  const expired = fixtures.ca_expired?.fail().bundles[0]?.text ?? '';
  const found = codes(front([expired, expired]));
  expect(found.filter((code) => code === 'ca_expired')).toHaveLength(1);
  expect(found).toContain('certificate_twice');
});

test('any bytes in a bundle: findings, never a throw', () => {
  const sound = good.bundles[0]?.text ?? '';
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constantFrom(
            sound,
            '-----BEGIN CERTIFICATE-----',
            '-----END CERTIFICATE-----',
            '\n',
            '#',
            '\ufeff',
            'AAAA',
          ),
          fc.string({ unit: 'binary', maxLength: 30 }),
        ),
        { maxLength: 12 },
      ),
      (pieces) => void runRules({ ...good, bundles: [bundle([], { text: pieces.join('') })] }, options),
    ),
    { numRuns: 200 },
  );
});

test('docs/lint.md is the table (npx node bin/docs.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/lint.md'), 'utf8')).toBe(lintPage());
  for (const { code } of lintRules) expect(lintPage()).toContain(`\n### ${code}\n`);
});

describe('SARIF', () => {
  const findings = lint(
    fixtures.leaf_in_authority?.fail() ?? good,
    [
      { code: 'front_missing', message: 'm', remedy: 'r' },
      {
        code: 'tier_unknown',
        message: 'this tier is unknown',
        place: { file: 'truststore/clients/a b.yaml', line: 3 },
      },
    ],
    options,
  );
  const log = sarifOf(findings, { version: '1.2.3', prefix: 'fronts/orders' }) as {
    version: string;
    runs: [
      {
        tool: { driver: { rules: { id: string }[] } };
        results: {
          ruleId: string;
          ruleIndex: number;
          level: string;
          message: { text: string };
          locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> } }];
          partialFingerprints: Record<string, string>;
        }[];
      },
    ];
  };
  const [run] = log.runs;

  test('every result points at its rule, its file from the root, and its line', () => {
    expect(log.version).toBe('2.1.0');
    expect(run.results).toHaveLength(findings.length);
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(['error', 'warning']).toContain(result.level);
      expect(result.message.text).toMatch(/\.$/);
      const [{ physicalLocation }] = result.locations;
      expect(physicalLocation.artifactLocation.uri).toMatch(/^fronts\/orders\/(?:truststore\/|sallyport\.yaml$)/);
      expect(physicalLocation.region.startLine).toBeGreaterThanOrEqual(1);
    }
    const problem = run.results.find(({ ruleId }) => ruleId === 'tier_unknown');
    expect(problem?.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'fronts/orders/truststore/clients/a%20b.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 3 },
    });
  });

  test('all rules are described, found or not; fingerprints do not hang on the line', () => {
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual([
      ...lintRules.map(({ code }) => code),
      'front_missing',
      'tier_unknown',
    ]);
    const moved = sarifOf(
      findings.map((finding) => ({ ...finding, place: { ...finding.place, line: (finding.place.line ?? 0) + 7 } })),
      { version: '1.2.3', prefix: 'fronts/orders' },
    ) as unknown as typeof log;
    const prints = (each: typeof log) => each.runs[0].results.map(({ partialFingerprints }) => partialFingerprints);
    expect(prints(moved)).toEqual(prints(log));
  });
});

describe('clients and their CAs', () => {
  const top = ca({ subject: 'Constrained Root' });
  const permitted = [{ dns: 'acme.example' }, { ip: Uint8Array.of(192, 0, 2, 0, 255, 255, 255, 0) }];
  const excluded = [{ uri: 'globex.example' }];
  const issuing = top.ca({ subject: 'Issuing', extra: [extension.nameConstraints({ permitted, excluded })] });
  const san = (kind: 'dns' | 'uri' | 'ip' | 'email', value: string) =>
    codes(
      front([issuing, top], {
        clients: [client('acme', [{ kind: 'san', authority: at('acme-ca'), san: { kind, value }, place: place() }])],
      }),
    ).includes('san_not_issuable');

  test.each([
    ['dns', 'a.acme.example', false],
    ['dns', 'a.globex.example', true],
    ['ip', '192.0.2.7', false],
    ['ip', '203.0.113.7', true],
    ['uri', 'spiffe://acme.example/a', false],
    ['uri', 'spiffe://globex.example/a', true],
    ['email', 'a@globex.example', false],
  ] as const)('%s %s: not issuable %s', (kind, value, refused) => {
    expect(san(kind, value)).toBe(refused);
  });

  test('another issuer without the constraint is enough', () => {
    const free = top.ca({ subject: 'Free' });
    const identity = dns('acme-ca', 'a.globex.example');
    expect(codes(front([issuing, free, top], { clients: [client('acme', [identity])] }))).not.toContain(
      'san_not_issuable',
    );
  });

  test('an exact certificate that its own CA may not issue; it counts as use of the authority', () => {
    const [good, bad] = ['a.acme.example', 'a.globex.example'].map((name) =>
      issuing.issue({ subject: 'a', names: [{ dns: name }] }),
    );
    const pinned = (issued: typeof good) =>
      issued === undefined ? [] : codes(front([issuing, top], { clients: [client('acme', [exactly(issued)])] }));
    expect(pinned(good)).toEqual([]);
    expect(pinned(bad)).toEqual(['name_constraints_exclude_client']);
  });

  test('an authority that nobody has is not held against a client', () => {
    expect(codes(front([issuing, top], { clients: [client('acme', [dns('nobody', 'a.example')])] }))).toEqual([
      'authority_unused',
    ]);
  });

  test('a key pinned to no authority uses none', () => {
    expect(codes(front([issuing, top], { clients: [client('acme', [key('ab'.repeat(32))])] }))).toEqual([
      'authority_unused',
    ]);
  });
});

test('a path through a cross-certificate is enough where the other is too long or forbids it', () => {
  const shortRoot = ca({ subject: 'Short Root' });
  const [a, b] = [keyPair('p256', 'lint a'), keyPair('p256', 'lint b')];
  const long = ca({ subject: 'Long Root', pathLength: 0 });
  const middle = long.ca({ subject: 'Middle', key: a });
  const direct = shortRoot.ca({ subject: 'Middle', key: a });
  const issuing = middle.ca({ subject: 'Issuing', key: b });
  const found = codes(front([issuing, middle, direct, long, shortRoot]));
  expect(found).not.toContain('path_length_conflict');
  expect(found).toContain('ca_renewed_twice');
});

test('an AKI that names a missing key in a file with the right name: which key is missing', () => {
  const real = ca({ subject: 'Acme Root' });
  const issuing = real.ca({ subject: 'Issuing' });
  const { findings } = runRules(front([issuing, ca({ subject: 'Acme Root' })]), options);
  const [incomplete] = findings.filter(({ rule }) => rule === 'chain_incomplete');
  expect(incomplete?.remedy).toContain('with the key that made this signature');
});
