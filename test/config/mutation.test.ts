import fc from 'fast-check';
import { parseFront } from '../../src/config/front.ts';
import { authorityYaml, clientYaml, filesWith, sallyportYaml } from './front-files.ts';

/** Every byte of a folder is from outside: whatever is in it, the answer is a configuration or problems, never a throw. */

const targets = {
  'sallyport.yaml': sallyportYaml,
  'truststore/authorities/acme-ca.yaml': authorityYaml,
  'truststore/clients/acme.yaml': clientYaml,
  'truststore/authorities/acme-ca.pem': new TextDecoder().decode(filesWith().get('truststore/authorities/acme-ca.pem')),
  'truststore/clients/acme.pem': new TextDecoder().decode(filesWith().get('truststore/clients/acme.pem')),
};

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '[',
      ']',
      '{',
      '}',
      ':',
      ',',
      '- ',
      '\n',
      '\t',
      '"',
      "'",
      '|',
      '>',
      '&a ',
      '*a',
      '!!str ',
      '<<: ',
      '? ',
      '#',
      '\\',
      '\u0000',
    ],
    ...[
      '\u202e',
      '\ufeff',
      '---\n',
      '__proto__: 1\n',
      'constructor: x\n',
      'toString: y\n',
      '{'.repeat(50),
      '- '.repeat(200),
      '💥',
      '\\,',
    ],
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

function judged(files: ReadonlyMap<string, Uint8Array>): void {
  const { config, problems } = parseFront(files);
  expect(config === undefined).toBe(problems.length > 0);
  for (const { code, message, place } of problems) {
    expect(code).toMatch(/^[a-z][a-z0-9_]+$/);
    expect(message).toMatch(/^[ -~§]+$/);
    expect(typeof place?.file).toBe('string');
  }
}

test('text spliced into any file gives typed problems or a configuration', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(targets) as (keyof typeof targets)[])),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), piece), { minLength: 1, maxLength: 3 }),
      (path, splices) => {
        let text = targets[path];
        for (const [at, cut, inserted] of splices) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + inserted + text.slice(from + cut);
        }
        judged(filesWith({ [path]: text }));
      },
    ),
    { numRuns: 300 },
  );
});

test('bytes flipped in any file give typed problems or a configuration', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(targets)),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      (path, flips) => {
        const bytes = Uint8Array.from(filesWith().get(path) ?? []);
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        judged(filesWith({ [path]: bytes }));
      },
    ),
    { numRuns: 300 },
  );
});

test('any value in place of any other gives typed problems or a configuration', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(
        '',
        'none',
        '""',
        '-1',
        'secret:x',
        'GET /x/**',
        '2027-02-30',
        'CN=x',
        '*.x',
        '::1/200',
        'https://x',
      ),
      fc.array(tie('node'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc
        .dictionary(fc.constantFrom('dns', 'none', 'lists', 'basic', 'user', 'match', '__proto__'), tie('node'), {
          maxKeys: 3,
        })
        .map(
          (map) =>
            `{ ${Object.entries(map)
              .map(([key, item]) => `${key}: ${item}`)
              .join(', ')} }`,
        ),
    ),
  })).node;
  fc.assert(
    fc.property(
      fc.constantFrom('sallyport.yaml', 'truststore/authorities/acme-ca.yaml', 'truststore/clients/acme.yaml'),
      fc.nat(),
      value,
      (path, at, written) => {
        const lines = targets[path as keyof typeof targets].trimEnd().split('\n');
        const chosen = at % lines.length;
        const changed = lines.map((line, index) => (index === chosen ? line.replace(/: .*$/, `: ${written}`) : line));
        judged(filesWith({ [path]: `${changed.join('\n')}\n` }));
      },
    ),
    { numRuns: 300 },
  );
});
