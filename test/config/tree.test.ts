import { parseTree } from '../../src/config/tree.ts';
import type { Problem } from '../../src/core/problem.ts';

function parse(text: string | Uint8Array) {
  const problems: Problem[] = [];
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const tree = parseTree('f.yaml', bytes, (problem) => problems.push(problem));
  return { tree, problems, codes: problems.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`) };
}

test('scalars are their source text, whatever they look like', () => {
  const words = ['0012e4', '1e3', '0x10', '2027-06-30', 'no', 'null', '~', '.inf', '007', '1_000', 'true'];
  const { tree, problems } = parse(`[${words.join(', ')}]`);
  expect(problems).toEqual([]);
  expect(tree).toMatchObject({ kind: 'list', items: words.map((text) => ({ kind: 'scalar', text })) });
});

test('places count from one', () => {
  const { tree } = parse('# c\na:\n  - b: "c"\n');
  expect(tree).toMatchObject({
    place: { file: 'f.yaml', line: 2, column: 1 },
    entries: [
      {
        key: { value: 'a', place: { line: 2, column: 1 } },
        value: { items: [{ entries: [{ value: { text: 'c', place: { line: 3, column: 8 } } }] }] },
      },
    ],
  });
});

test.each([
  ['a: 1\nb: 2\na: 3\n', '3:1 duplicate_key'],
  ['a: &x 1\nb: 2\n', '1:7 yaml_feature'],
  ['a: !!int 1\n', '1:10 yaml_feature'],
  ['a: !secret 1\n', '1:12 yaml_feature'],
  ['a: { <<: { b: 1 } }\n', '1:6 yaml_feature'],
  ['a: 1\n---\nb: 2\n', '2:1 yaml_feature'],
  ['%YAML 1.1\n---\na: 1\n', '1:1 yaml_feature'],
  ['? [a]\n: 1\n', '1:3 yaml_feature'],
  ['a:\n\t- b\n', '2:1 yaml_syntax'],
  ['a: [1\n', '2:1 yaml_syntax'],
  ['a: "\\q"\n', '1:5 yaml_syntax'],
  ['a: b: c\n', '1:4 yaml_syntax'],
  ['', '1:1 file_empty'],
  ['# only a comment\n', '1:1 file_empty'],
  ['a: \u0007\n', '1:4 character_refused'],
  ['a: b\u202ec\n', '1:5 character_refused'],
  ['a: b\rc: d\n', '1:5 character_refused'],
])('%j is refused at its place', (text, expected) => {
  expect(parse(text).codes).toContain(expected);
});

test('an alias is refused once, with what to do', () => {
  const { problems } = parse('a: &x 1\nb: *x\n');
  expect(problems).toMatchObject([
    { code: 'yaml_feature', found: 'the anchor &"x"', remedy: 'remove the anchor' },
    { code: 'yaml_feature', found: 'the alias *"x"', place: { line: 2, column: 4 }, remedy: 'repeat the value here' },
  ]);
});

test('a duplicate key names the first line', () => {
  expect(parse('a: 1\na: 2\n').problems[0]).toMatchObject({
    found: 'a second "a"; the first is on line 1',
    allowed: 'each key once',
    remedy: 'remove one of the two lines (1 or 2)',
  });
});

test('a syntax error shows one character and never the rest of the line', () => {
  const { problems } = parse('password: "hunter2" hunter3\n');
  expect(problems[0]?.code).toBe('yaml_syntax');
  expect(JSON.stringify(problems)).not.toContain('hunter');
});

test('bytes that are no text', () => {
  expect(parse(Uint8Array.of(0x61, 0x3a, 0x0a, 0x20, 0xff)).codes).toEqual(['2:2 not_utf8']);
  expect(parse(Uint8Array.of(0xff, 0xfe, 0x61, 0)).codes).toEqual(['1:1 not_utf8']);
  expect(parse(new Uint8Array(1024 * 1024 + 1)).problems[0]).toMatchObject({
    code: 'file_too_large',
    found: '1048577 bytes',
  });
});

test('depth is bounded', () => {
  expect(parse('['.repeat(40) + ']'.repeat(40)).problems[0]?.code).toBe('too_deep');
  const deep = parse('['.repeat(20_000));
  expect(deep.tree).toBeUndefined();
  expect(deep.problems.map(({ code }) => code)).toEqual(['too_deep']);
});
