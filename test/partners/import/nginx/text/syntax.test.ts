import fc from 'fast-check';
import { ProblemError } from '../../../../../src/core/problem.ts';
import { type Directive, parseNginx } from '../../../../../src/partners/import/nginx/text/syntax.ts';
import { type Bench, openBench, skipReason } from '../../real-nginx.ts';

jest.setTimeout(120_000);

const read = (text: string) => parseNginx('f', text, () => []);
const shape = (directives: readonly Directive[]): unknown =>
  directives.map(({ name, args, block }) => [name, ...args, ...(block === undefined ? [] : [shape(block)])]);

test.each<[string, unknown]>([
  ['a "b c" \'d;e\';', [['a', 'b c', 'd;e']]],
  ['a b#c #d\n;', [['a', 'b#c']]],
  [`a \${b}c $d;`, [['a', `\${b}c`, '$d']]],
  ['a \\;b;', [['a', '\\;b']]],
  ['a "x\\"y" x\\"y \\t;', [['a', 'x"y', 'x"y', '\t']]],
  ['a }b;', 'refused'],
  ['a b};', [['a', 'b}']]],
  ['a {b c;}', [['a', [['b', 'c']]]]],
  ['if ($x = "y") { z; }', [['if', '($x', '=', 'y', ')', [['z']]]]],
  ['a "b"c;', 'refused'],
  ['x_by_lua_block { local a = "}" -- }\n b = [[ } ]] c = {} --[==[ } ]==] } d;', [['x_by_lua_block', []], ['d']]],
  ["x_by_lua_block { a = '\\'}' } d;", [['x_by_lua_block', []], ['d']]],
  ['x_by_lua_block { a = "}', 'refused'],
])('%s', (text, expected) => {
  let found: unknown = 'refused';
  try {
    found = shape(read(text));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  expect(found).toEqual(expected);
});

describe('beside the real nginx', () => {
  let bench: Bench;
  beforeAll(async () => {
    if (skipReason !== undefined) return console.warn(skipReason);
    bench = await openBench();
  });
  afterAll(async () => bench?.stop());

  test('a word is what nginx makes of it', async () => {
    if (skipReason !== undefined) return;
    const piece = fc.constantFrom(
      'a',
      'b ',
      '"',
      "'",
      '\\',
      ';',
      '{',
      '}',
      '#',
      '\n',
      '\t',
      '\\n',
      '\\"',
      "\\'",
      '\\\\',
      ')',
      `\${uri}`,
      'é',
    );
    const words = fc.sample(fc.array(piece, { minLength: 1, maxLength: 7 }), { numRuns: 1500, seed: 20_261_128 });
    // those that we read as one word: each answers with itself
    const wished = [...new Set(words.map((pieces) => pieces.join('')))].flatMap((raw, index) => {
      const text = `location = /${index} { return 200 ${raw}; }`;
      try {
        const [one] = read(text);
        const [only, ...more] = one?.block ?? [];
        const [status, word, ...rest] = only?.args ?? [];
        if (only?.name !== 'return' || status !== '200' || word === undefined || more.length + rest.length > 0)
          return [];
        return [{ text, path: `/${index}`, word: word.replaceAll(`\${uri}`, `/${index}`) }];
      } catch (error) {
        if (error instanceof ProblemError) return [];
        throw error;
      }
    });
    // a `$` that is no variable, and an address to redirect to, are no text to nginx
    const plain = wished.filter(({ word }) => !word.includes('$'));
    await bench.start(`server { listen ${bench.listen}; ${plain.map(({ text }) => text).join('\n')} }`);
    for (const { path, word } of plain) {
      const { body } = await bench.ask({ method: 'GET', path, address: '127.0.0.1' }, false);
      expect([path, body]).toEqual([path, word]);
    }
    expect(plain.length).toBeGreaterThan(200);
  });
});
