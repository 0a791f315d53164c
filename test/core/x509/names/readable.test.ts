import fc from 'fast-check';
import { formatName, nameFromRdns } from '../../../../src/core/x509/name.ts';
import { parseNameText } from '../../../../src/core/x509/name-text.ts';
import { withoutLogEscapes } from '../../../../src/core/x509/names/log-escapes.ts';
import { readable, readableName } from '../../../../src/core/x509/names/readable.ts';

const named = (value: string) => nameFromRdns([[{ type: 'O', value: 'Acme' }], [{ type: 'CN', value }]]);

test.each([
  ['συγχρονισμός 同期', 'CN=συγχρονισμός 同期,O=Acme'],
  ['«Zürich», B.V.', 'CN=«Zürich»\\, B.V.,O=Acme'],
  ['a\u202etxt', 'CN=a\\E2\\80\\AEtxt,O=Acme'],
  ['a\u200bb\u00a0c', 'CN=a\\E2\\80\\8Bb\\C2\\A0c,O=Acme'],
  ['\u{1f511} key', 'CN=\u{1f511} key,O=Acme'],
  ['back\\E2slash', 'CN=back\\\\E2slash,O=Acme'],
])('%j as people read it', (value, expected) => {
  expect(readableName(named(value))).toBe(expected);
});

test('an empty subject is printed as such', () => {
  expect(readableName(nameFromRdns([]))).toBe('(empty subject)');
});

test('of any value: nothing unseen, and read back to the same name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), (value) => {
      // what no UTF8String holds (see character-string.ts) never becomes a name
      fc.pre(value.isWellFormed() && !/\p{Cc}/u.test(value));
      const name = named(value);
      const text = readableName(name);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(parseNameText(`rfc4514:${text}`).key).toBe(name.key);
      expect(readable(formatName(name))).toBe(text);
    }),
  );
});

test.each([
  ["L=D'UNCONG\\x5CC3\\x5C89,CN=a", "L=D'UNCONG\\C3\\89,CN=a"],
  ['CN=orders,O=Acme\\x5C, Inc.,C=NL', 'CN=orders,O=Acme\\, Inc.,C=NL'],
  ['CN=Acme\\x22x\\x22,C=NL', undefined],
  ['/O=Acme\\x5C/CN=x', undefined],
])('%s from a log of nginx', (text, expected) => {
  expect(withoutLogEscapes(text)).toBe(expected);
});
