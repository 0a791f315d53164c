import { alikePattern, alikeReadings, foldSegment } from '../../../src/core/request/alike.ts';
import { parseRequestPath } from '../../../src/core/request/path.ts';
import { matches, parsePattern } from '../../../src/core/request/pattern.ts';

test('every character is alike with its lower and its upper case, and with theirs', () => {
  const differing: string[] = [];
  for (let code = 0x20; code <= 0x1ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = `x${String.fromCodePoint(code)}y`;
    const cases = [text.toLowerCase(), text.toUpperCase(), text.toLowerCase().toUpperCase(), text.normalize('NFD')];
    if (cases.some((one) => foldSegment(one) !== foldSegment(text))) differing.push(text);
  }
  expect(differing).toEqual([]);
});

test('what differs by more than case stays apart', () => {
  const kept = [
    'export',
    'exports',
    'ex-port',
    'ex_port',
    'exp0rt',
    'export1',
    'caf\u00e9',
    'cafe',
    '\u4e2d',
    '\u6587',
  ];
  expect(new Set(kept.map(foldSegment)).size).toBe(kept.length);
});

test.each<[string, string, boolean]>([
  ['GET /orders/export', 'GET /orders/export/', true],
  ['GET /orders/export', 'GET /ORDERS/Export', true],
  ['GET /orders/export', 'HEAD /orders/%65xport', true],
  ['HEAD /orders/export', 'GET /orders/export', true],
  ['GET /orders/export', 'POST /orders/export', false],
  ['GET /orders/export', 'GET /orders/export/1', false],
  ['GET /orders/export/', 'GET /orders/export', true],
  ['GET /stra%C3%9Fe', 'GET /STRASSE', true],
  ['GET /kelvin', 'GET /%E2%84%AAelvin', true],
  ['GET /orders/export', 'GET /orders%2Fexport', true],
  ['GET /orders/export', 'GET /orders%2fEXPORT/', true],
  ['GET /orders/export', 'GET /orders/export;v=1', true],
  ['GET /orders/export', 'GET /orders;x/export;v=1', true],
  ['GET /orders/export', 'GET /orders;x%2Fexport;v=1', true],
  ['GET /orders/*', 'GET /orders/a%2Fb', true],
  ['GET /orders/*/b', 'GET /orders/a%2Fb', true],
])('%s is alike with %s: %s', (pattern, request, expected) => {
  const [method = '', raw = ''] = request.split(' ');
  const path = parseRequestPath(raw, ['semicolon', 'encoded-slash']);
  const around = alikePattern(parsePattern(pattern));
  const read = alikeReadings(path).map((reading) => ({ ...path, ...reading }));
  expect(read.some((reading) => matches(around, method, reading))).toBe(expected);
});
