import { checkHeaderName } from '../../src/config/header-name.ts';
import { headerTable } from '../../src/core/header-table.ts';

test('every name that the front removes or writes is refused as the carrier of a credential', () => {
  for (const { names, prefixes } of headerTable) {
    for (const name of [...names, ...prefixes.map((prefix) => `${prefix}x`)]) {
      expect(() => checkHeaderName(name.toUpperCase().replaceAll('-', '_'))).toThrow('owns this header');
    }
  }
});

test('names of backends pass, what is no name does not', () => {
  for (const name of ['X-Api-Key', 'Authorization', 'api_key', 'Ocp-Apim-Subscription-Key'])
    expect(checkHeaderName(name)).toBe(name);
  for (const name of ['', 'a b', 'a:b', 'caf\u00e9', 'x'.repeat(65), 'a\r\nb']) {
    expect(() => checkHeaderName(name)).toThrow('no header name');
  }
  for (const name of ['Content-Type', 'Cookie', 'Accept'])
    expect(() => checkHeaderName(name)).toThrow('owns this header');
});
