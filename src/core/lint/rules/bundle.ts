import { asciiJson } from '../../ascii.ts';
import { formatName } from '../../x509/name.ts';
import { canonicalOrder } from '../canonical-bundle.ts';
import type { LintBundle } from '../front.ts';
import { always, type BundleRule, type Detail, nothing } from '../rule.ts';

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Lines outside of every block that are neither empty nor a comment. */
function strayLines(text: string): readonly { readonly line: number; readonly text: string }[] {
  const stray: { line: number; text: string }[] = [];
  let inside = false;
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const bare = line.trim();
    if (bare.startsWith('-----BEGIN ')) inside = true;
    else if (bare.startsWith('-----END ')) inside = false;
    else if (!inside && bare !== '' && !bare.startsWith('#')) stray.push({ line: index + 1, text: bare });
  }
  return stray;
}

function ascii(text: string): string {
  return asciiJson(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function isSound({ chains }: LintBundle): boolean {
  return chains.certificates.length > 1;
}

export const bundleRules: readonly BundleRule[] = [
  {
    code: 'private_key_in_file',
    severity: 'error',
    title: 'a private key is in a file that is reviewed, copied and published',
    why: 'Whoever has read the repository can be this CA or this client.',
    remedy: 'remove the key from the file and from the history, and have a new key made: this one is known now',
    citation: 'RFC 7468 §13; NIST SP 800-57 part 1 §6.2',
    applies: always,
    check: ({ text, file }) =>
      [...text.matchAll(/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----/g)].map(
        (match): Detail => ({
          place: { file, line: lineOf(text, match.index), column: 1 },
          found: match[1] ?? '',
        }),
      ),
  },
  {
    code: 'certificate_twice',
    severity: 'error',
    title: 'the same certificate is in the file twice',
    why: 'One of the two was meant to be another one, or will be forgotten when the other is removed.',
    remedy: 'sallyport lint --fix removes the second',
    citation:
      'AWS API Gateway Developer Guide, api-gateway-execution-service-limits-table (1,000 certificates a truststore)',
    fixable: true,
    applies: ({ certificates }) => certificates.length > 1,
    check: ({ certificates }) =>
      certificates.flatMap(({ certificate, place }, index) => {
        const first = certificates.findIndex((other) => other.certificate.sha256 === certificate.sha256);
        if (first === index) return nothing;
        return [
          { place, found: `${formatName(certificate.subject)}, first on line ${certificates[first]?.place.line}` },
        ];
      }),
  },
  {
    code: 'bundle_order',
    severity: 'warning',
    title: 'the certificates of the file are not in canonical order',
    why: 'In one order (issuing CAs first, each root last) a review sees what a change changes, and some TLS stacks read the chain by position.',
    remedy: 'sallyport lint --fix',
    citation: 'RFC 8446 §4.4.2; RFC 5246 §7.4.2',
    fixable: true,
    applies: isSound,
    check: (bundle, { now }) => {
      const wanted = canonicalOrder(bundle, now);
      const kept = new Set(wanted);
      const found = bundle.chains.certificates.filter(({ certificate }) => kept.has(certificate));
      const index = found.findIndex(({ certificate }, at) => certificate !== wanted[at]);
      const [here, there] = [found[index], wanted[index]];
      if (here === undefined || there === undefined) return nothing;
      return [
        {
          place: here.place,
          found: `${formatName(here.certificate.subject)} stands where ${formatName(there.subject)} belongs`,
        },
      ];
    },
  },
  {
    code: 'text_in_bundle',
    severity: 'warning',
    title: 'text stands between the certificates',
    why: 'AWS describes the truststore as certificates and nothing else; a pasted printout also goes stale beside the certificate that it describes.',
    remedy: 'sallyport lint --fix removes it; lines that begin with # stay',
    citation: 'RFC 7468 §2; AWS API Gateway Developer Guide, rest-api-mutual-tls',
    fixable: true,
    applies: ({ text }) => text.trim() !== '',
    check: ({ text, file }) => {
      const [first, ...rest] = strayLines(text);
      if (first === undefined) return nothing;
      const more = rest.length === 0 ? '' : `, and ${rest.length} more`;
      return [{ place: { file, line: first.line, column: 1 }, found: `${ascii(first.text)}${more}` }];
    },
  },
  {
    code: 'byte_order_mark',
    severity: 'warning',
    title: 'the file begins with a byte order mark',
    why: 'Tools that look for -----BEGIN at the start of a line skip the first certificate without a word.',
    remedy: 'sallyport lint --fix removes it; in an editor, save as UTF-8 without BOM',
    citation: 'RFC 7468 §3; RFC 3629 §6',
    fixable: true,
    applies: ({ text }) => text !== '',
    check: ({ text, file }) =>
      text.startsWith('\ufeff') ? [{ place: { file, line: 1, column: 1 }, found: 'U+FEFF' }] : nothing,
  },
];
