import type { Random } from './random.ts';

/** What has a meaning to one of our readers of text, or to somebody behind them. */
const pieces = [
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
    '\0',
  ],
  ...[
    '\u202e',
    '\ufeff',
    '\u2028',
    '---\n',
    '...\n',
    '__proto__: 1\n',
    'constructor: x\n',
    '💥',
    '\ud800',
    'İ',
    'ß',
    '\\,',
    '\\2C',
  ],
  ...[
    'CN=',
    ',O=',
    '+OU=',
    '/CN=',
    'OID.2.5.4.3=',
    '#0c0141',
    '2.5.4.',
    '=',
    ';',
    '\\20',
    ' ',
    '\r\n',
    '%2F',
    '%00',
    '..',
    '/**',
    '*',
  ],
  ...[
    '-----BEGIN CERTIFICATE-----\n',
    '-----END CERTIFICATE-----\n',
    'MIIB',
    '1e999',
    '0012e4',
    '2027-06-30',
    '~',
    'null',
    'true',
  ],
];

export function mutateText(random: Random, sample: string, others: readonly string[]): string {
  let text = sample;
  for (let changes = 1 + random.int(4); changes > 0; changes -= 1) text = changeOnce(random, text, others);
  return text;
}

function changeOnce(random: Random, text: string, others: readonly string[]): string {
  const at = random.int(text.length + 1);
  const until = Math.min(text.length, at + random.int(random.chance(6) ? 200 : 12));
  switch (random.int(6)) {
    case 0:
      return text.slice(0, at) + text.slice(until);
    case 1:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at);
    case 2:
      return (
        text.slice(0, at) + random.pick(pieces).repeat(1 + random.int(random.chance(20) ? 3000 : 3)) + text.slice(until)
      );
    case 3:
      return (
        text.slice(0, until) +
        text.slice(at, until).repeat(1 + random.int(random.chance(20) ? 500 : 2)) +
        text.slice(until)
      );
    case 4: {
      const other = random.pick(others);
      const from = random.int(other.length + 1);
      return text.slice(0, at) + other.slice(from, from + random.int(80)) + text.slice(until);
    }
    default:
      return text.slice(0, at) + String.fromCharCode(random.int(random.chance(3) ? 65_536 : 128)) + text.slice(at + 1);
  }
}
