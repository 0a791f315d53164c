import type { Deviation } from '../../../core/x509/deviation.ts';

/** Other people's readers, in the version that the table below was run with. A test runs those that are on the machine. */
export const tried = {
  OpenSSL: '3.0.19',
  Node: '24.20.0',
  Go: '1.26.8',
  Java: '17.0.15',
  'pyca/cryptography': '48.0.0',
} as const;
export type OtherReader = keyof typeof tried;
export const otherReaders = Object.keys(tried) as readonly OtherReader[];

interface Content {
  /** Here: read, and told as this deviation; or malformed. */
  readonly here: Deviation | 'malformed';
  /** Who parses the certificate and gives its names and extensions. */
  readonly readBy: readonly OtherReader[];
}

const all = otherReaders;
const but = (...others: readonly OtherReader[]) => otherReaders.filter((one) => !others.includes(one));

/**
 * What a certificate may have in it, and who reads it. By kind of content: one sentence about all certificates, or all
 * files of a kind, would be wrong for most of them.
 */
export const contents = {
  'RSA signature algorithm without parameters': { here: 'signature_parameters_absent', readBy: all },
  'ECDSA signature algorithm with NULL': { here: 'signature_parameters_null', readBy: all },
  '`&` in a PrintableString': { here: 'printable_string_ampersand', readBy: but('pyca/cryptography') },
  'key usage with trailing zero bits': { here: 'key_usage_trailing_zeros', readBy: all },
  'attributes of an RDN out of order': { here: 'rdn_not_in_order', readBy: but('pyca/cryptography') },
  'authorityInfoAccess without an entry': { here: 'extension_unreadable', readBy: all },
  'a distribution point that names nothing': { here: 'extension_unreadable', readBy: but('pyca/cryptography') },
  'QC statements that are none': { here: 'extension_unreadable', readBy: all },
  'serial number 0': { here: 'serial_not_positive', readBy: all },
  'negative serial number': { here: 'serial_not_positive', readBy: all },
  'serial number of 21 octets': { here: 'serial_too_long', readBy: all },
  'serial number that is not minimal': {
    here: 'serial_not_minimal',
    readBy: but('OpenSSL', 'Node', 'Go', 'pyca/cryptography'),
  },
  'NUL in a name': { here: 'malformed', readBy: all },
  '`@` in a PrintableString': { here: 'malformed', readBy: but('Go', 'pyca/cryptography') },
  'UTF-8 that is none': { here: 'malformed', readBy: but('OpenSSL', 'Node', 'Go', 'pyca/cryptography') },
  'dNSName beyond ASCII': { here: 'malformed', readBy: but('Go') },
  'blank dNSName': { here: 'malformed', readBy: all },
  'an extension twice': { here: 'malformed', readBy: but('Go', 'Java', 'pyca/cryptography') },
  'critical FALSE in writing': { here: 'malformed', readBy: but('pyca/cryptography') },
  'empty extendedKeyUsage': { here: 'malformed', readBy: but('pyca/cryptography') },
  'a date with an offset': { here: 'malformed', readBy: but('Go', 'pyca/cryptography') },
  'extensions in version 1': { here: 'malformed', readBy: but('Java') },
} as const satisfies Readonly<Record<string, Content>>;
export type ContentKind = keyof typeof contents;

/** `docs/other-readers.md`. */
export function otherReadersPage(): string {
  const rows = (Object.keys(contents) as ContentKind[]).map((kind) => {
    const { here, readBy } = contents[kind];
    const read = (reader: OtherReader) =>
      (readBy as readonly OtherReader[]).includes(reader) ? 'reads' : '**refuses**';
    const own = here === 'malformed' ? '**malformed**' : `reads: \`${here}\``;
    return `| ${kind} | ${own} | ${otherReaders.map(read).join(' | ')} |`;
  });
  return [
    '<!-- Generated from src/partners/inspect/readers/other-readers.ts: `npm run docs` -->',
    '# Who reads which certificate',
    '',
    'A certificate of each kind is made by a test and given to the readers that are on the machine, in these versions. Reading is not',
    'accepting: a client is let in by its path. What is a deviation here is told by that name in `inspect`; what is malformed is refused.',
    '',
    `| in the certificate | Sallyport | ${otherReaders.map((reader) => `${reader} ${tried[reader]}`).join(' | ')} |`,
    `|---|---|${otherReaders.map(() => '---|').join('')}`,
    ...rows,
    '',
  ].join('\n');
}

/** For a finding: who of the others reads a certificate with this deviation; undefined where no kind of it was tried. */
export function readersOfDeviation(deviation: Deviation): string | undefined {
  const kinds = (Object.keys(contents) as ContentKind[]).filter((kind) => contents[kind].here === deviation);
  if (kinds.length === 0) return undefined;
  const takes = otherReaders.filter((one) =>
    kinds.every((kind) => (contents[kind].readBy as readonly OtherReader[]).includes(one)),
  );
  const refuses = otherReaders.filter((one) => !takes.includes(one));
  const listed = (which: readonly OtherReader[]) => which.map((one) => `${one} ${tried[one]}`).join(', ');
  const read = takes.length === 0 ? '' : `read by ${listed(takes)}`;
  const not = refuses.length === 0 ? '' : `not by ${listed(refuses)}`;
  return [read, not].filter((part) => part !== '').join('; ');
}
