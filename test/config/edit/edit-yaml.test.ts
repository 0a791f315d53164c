import fc from 'fast-check';
import { parse } from 'yaml';
import { editYaml } from '../../../src/config/edit/edit-yaml.ts';

const file = `# acme, since 2024
client: acme
identities: # any of them
  - { authority: acme-ca, subject: 'CN=a' } # the old one
  - authority: acme-ca
    subject: 'CN=b'

# the contract
allow: ["GET /orders/**", "POST /orders"] # no more
validUntil: 2027-06-30 # ends
`;

test.each([
  ['a list on one line', { key: 'allow', append: '"GET /bills"' }, '"POST /orders"]', '"POST /orders", "GET /bills"]'],
  [
    'a list of lines',
    { key: 'identities', append: '{ authority: x }' },
    "    subject: 'CN=b'\n",
    "    subject: 'CN=b'\n  - { authority: x }\n",
  ],
  ['a value', { key: 'validUntil', set: '2028-01-01' }, '2027-06-30 #', '2028-01-01 #'],
  [
    'a key that is not there',
    { key: 'addresses', append: '192.0.2.1' },
    '# ends\n',
    '# ends\naddresses: [192.0.2.1]\n',
  ],
])('%s changes there and nowhere else', (_, change, before, after) => {
  expect(editYaml(file, [change])).toBe(file.replace(before, after));
});

test('what a person has to do is not done', () => {
  expect(editYaml(file, [{ key: 'client', append: 'x' }])).toBeUndefined();
  expect(editYaml('- a\n', [{ key: 'client', set: 'x' }])).toBeUndefined();
  expect(editYaml('a: [', [{ key: 'client', set: 'x' }])).toBeUndefined();
});

test('whatever the layout, exactly the value is added', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const layout = fc.constantFrom(
    (items: string[]) => `l: [${items.join(', ')}]\n`,
    (items: string[]) => `l: [${items.join(',\n  ')},\n  ]\n`,
    (items: string[]) => `l:\n${items.map((item) => `- ${item}`).join('\n')}`,
    (items: string[]) => `l:\n${items.map((item) => `    - ${item} # ${item}\n`).join('\n')}# end\nm: 1\n`,
    (items: string[]) => `l:\r\n${items.map((item) => `  - ${item}\r\n`).join('')}`,
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), word, layout, (items, added, write) => {
      const text = write(items);
      const edited = editYaml(text, [{ key: 'l', append: added }]);
      expect(parse(edited ?? '', { schema: 'failsafe' })).toEqual({
        ...parse(text, { schema: 'failsafe' }),
        l: [...items, added],
      });
    }),
  );
});

test('items go with their line or comma, and nothing else does', () => {
  expect(editYaml(file, [{ key: 'identities', remove: [0] }])).toBe(
    file.replace("  - { authority: acme-ca, subject: 'CN=a' } # the old one\n", ''),
  );
  expect(editYaml(file, [{ key: 'identities', remove: [1] }])).toBe(
    file.replace("  - authority: acme-ca\n    subject: 'CN=b'\n", ''),
  );
  expect(editYaml(file, [{ key: 'allow', remove: [1] }])).toBe(file.replace(', "POST /orders"', ''));
  expect(editYaml(file, [{ key: 'allow', remove: [0, 1] }])).toBeUndefined();
  expect(editYaml(file, [{ key: 'client', remove: [0] }])).toBeUndefined();
});

test('whatever the layout, exactly the items go', () => {
  const layout = fc.constantFrom(
    (items: string[]) => `l: [${items.join(', ')}]\n`,
    (items: string[]) => `l: [ ${items.join(' ,\n  ')} ]\n`,
    (items: string[]) => `l:\n${items.map((item) => `- ${item}`).join('\n')}`,
    (items: string[]) => `l:\n${items.map((item) => `  - { a: ${item} } # ${item}\n`).join('')}m: 1\n`,
  );
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.array(fc.nat(5), { maxLength: 6 }), layout, (count, gone, write) => {
      const items = Array.from({ length: count }, (_, index) => `i${index}`);
      const places = gone.filter((place) => place < count);
      fc.pre(new Set(places).size < count && places.length < count);
      const text = write(items);
      const edited = parse(editYaml(text, [{ key: 'l', remove: places }]) ?? '', { schema: 'failsafe' });
      const before = parse(text, { schema: 'failsafe' });
      expect(edited).toEqual({ ...before, l: before.l.filter((_: unknown, place: number) => !places.includes(place)) });
    }),
  );
});

describe('a condition that begins somewhere', () => {
  const conditions = `client: acme
require:
  - { addresses: [203.0.113.0/24] } # office
  - addresses:
      - 192.0.2.0/24
  - any: [{ psd2Role: PSP_AI }, { addresses: [192.0.2.1] }]
  - { psd2Role: PSP_AI }
  - psd2Role: PSP_PI # here
addresses: [198.51.100.0/24]
`;
  const address = '203.0.114.9/32';
  const or = '{ psd2Role: PSP_IC }';
  test.each([
    [3, 5, { address }, '[203.0.113.0/24]', `[203.0.113.0/24, ${address}]`],
    [4, 5, { address }, '      - 192.0.2.0/24\n', `      - 192.0.2.0/24\n      - ${address}\n`],
    [6, 5, { address }, '[192.0.2.1]', `[192.0.2.1, ${address}]`],
    [6, 5, { or }, '[192.0.2.1] }]', `[192.0.2.1] }, ${or}]`],
    [7, 5, { or }, '- { psd2Role: PSP_AI }\n', `- { any: [{ psd2Role: PSP_AI }, ${or}] }\n`],
    [8, 5, { or }, '- psd2Role: PSP_PI #', `- any: [{ psd2Role: PSP_PI }, ${or}] #`],
    [9, 12, { address }, '[198.51.100.0/24]', `[198.51.100.0/24, ${address}]`],
  ])('at %d:%d', (line, column, change, before, after) => {
    expect(editYaml(conditions, [{ condition: { line, column }, ...change }])).toBe(conditions.replace(before, after));
  });

  test('several at once: each is where it was in the text that was given', () => {
    const edited = editYaml(conditions, [
      { condition: { line: 4, column: 5 }, address },
      { key: 'client', set: 'other' },
      { condition: { line: 8, column: 5 }, or },
    ]);
    expect(parse(edited ?? '', { schema: 'failsafe' })).toMatchObject({
      client: 'other',
      require: [
        {},
        { addresses: ['192.0.2.0/24', address] },
        {},
        {},
        { any: [{ psd2Role: 'PSP_PI' }, { psd2Role: 'PSP_IC' }] },
      ],
    });
  });

  test.each([
    [2, 3, { or }],
    [7, 5, { address }],
    [99, 5, { address }],
    [3, 6, { address }],
  ])('at %d:%d there is none that could take it', (line, column, change) => {
    expect(editYaml(conditions, [{ condition: { line, column }, ...change }])).toBeUndefined();
  });
});

test.each([
  ['a value that is empty', 'client: acme\nvalidUntil:\n', { key: 'validUntil', set: '2027-01-01' }],
  ['a map on one line', '{ client: acme }\n', { key: 'allow', append: '"GET /a"' }],
  ['an end mark behind', 'client: acme\n...\n', { key: 'allow', append: '"GET /a"' }],
])('%s: nothing rather than something else', (_, text, change) => {
  const edited = editYaml(text, [change]);
  if (edited !== undefined) expect(parse(edited, { schema: 'failsafe' })).toMatchObject({ client: 'acme' });
});

test('two conditions on one line', () => {
  const line = 'require: [{ psd2Role: PSP_AI }, { addresses: [192.0.2.1] }]\n';
  const changes = [
    { condition: { line: 1, column: 11 }, or: '{ psd2Role: PSP_IC }' },
    { condition: { line: 1, column: 33 }, address: '192.0.2.2/32' },
  ];
  const expected =
    'require: [{ any: [{ psd2Role: PSP_AI }, { psd2Role: PSP_IC }] }, { addresses: [192.0.2.1, 192.0.2.2/32] }]\n';
  expect(editYaml(line, changes)).toBe(expected);
  expect(editYaml(line, changes.toReversed())).toBe(expected);
});
