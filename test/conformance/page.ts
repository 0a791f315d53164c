import type { Score } from './score.ts';

/** `–`: not measured. Cases are those of the public corpora, by the classes of the vectors folder. */
interface Row {
  readonly engine: string;
  readonly limboAccepted: string;
  readonly limboRefused: string;
  readonly bettertlsAccepted: string;
  readonly bettertlsRefused: string;
  readonly malformed: string;
}

const row = (...[engine, a, b, c, d, e]: [string, string, string, string, string, string]): Row => ({
  engine,
  limboAccepted: a,
  limboRefused: b,
  bettertlsAccepted: c,
  bettertlsRefused: d,
  malformed: e,
});

/** Measured in November 2026 on the same cases, with the versions named; not measured again when this page is generated. */
const others: readonly Row[] = [
  row('OpenSSL 3.0 `verify`, with the flags that Node sets', '2', '8', '3', '24', '–'),
  row('OpenSSL 3.0 `verify -x509_strict -partial_chain`', '2', '7', '3', '24', '–'),
  row('Node 24, TLS server (a)', '2 of 42', '6 of 41', '0', '26', '21'),
  row('Go 1.19 `crypto/x509`', '4', '5', '0', '0', '–'),
  row('pyca/cryptography 48, ClientVerifier (a)', '3 of 43', '5 of 49', '0', '0', '–'),
  row('pkijs 4.0.0', '21', '3', '4', '43', '20'),
  row('@peculiar/x509 2.2.0, builder and date and anchor checks', '33', '2', '15', '29', '20'),
  row('node-forge 1.4.3', '0 (reads no EC keys)', '55', '0', '45', '21'),
  row('Node `checkIssued` + `verify`, naive walk', '37', '2', '18', '29', '21'),
  row('Node `checkIssued` + `verify`, careful walk', '33', '1', '18', '0', '21'),
];

interface Tally {
  cases: number;
  accepted: number;
}

function tallyOf(
  scores: readonly Score[],
  matches: (source: string, kind: string, expected: string) => boolean,
): Tally {
  const tally = { cases: 0, accepted: 0 };
  for (const { groups } of scores) {
    for (const [name, { cases, accepted }] of Object.entries(groups)) {
      const [source = '', kind = '', expected = ''] = name.split('/');
      if (!matches(source, kind, expected)) continue;
      tally.cases += cases;
      tally.accepted += accepted;
    }
  }
  return tally;
}

function ours(scores: readonly Score[]): Row {
  const paths = scores.filter(({ file }) => file.startsWith('limbo'));
  const accepted = (matches: Parameters<typeof tallyOf>[1]) => String(tallyOf(paths, matches).accepted);
  const refused = (matches: Parameters<typeof tallyOf>[1]) => {
    const { cases, accepted: admitted } = tallyOf(paths, matches);
    return String(cases - admitted);
  };
  const malformed = tallyOf(
    scores.filter(({ file }) => file.startsWith('boringssl-certificate')),
    (_, __, expected) => expected === 'reject',
  );
  return row(
    '**Sallyport**',
    `**${accepted((source, kind) => source !== 'bettertls' && kind === 'H')}**`,
    `**${refused((source, kind) => source !== 'bettertls' && kind === 'OK')}**`,
    `**${accepted((source, kind) => source === 'bettertls' && kind === 'H')}**`,
    `**${refused((source, kind) => source === 'bettertls' && kind === 'OK')}**`,
    `**${malformed.accepted}**`,
  );
}

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const slowMilliseconds = 50;

/** docs/conformance.md, without anything that changes from run to run. */
export function conformancePage(scores: readonly Score[]): string {
  const files = scores.map((score) =>
    line([
      `\`${score.file}\``,
      score.cases,
      score.expectedToPass,
      score.expectedToFail,
      score.falseAccepts,
      score.falseRejects,
      score.exceptions,
      `${score.free.accepted.length} of ${score.free.cases}`,
    ]),
  );
  const different = scores.flatMap((score) => score.different.map(({ id, reason }) => `- \`${id}\`: ${reason}.`));
  const wrong = scores.flatMap((score) => score.wrong.map(({ id, how }) => `- ${how}: \`${id}\``));
  const engines = [ours(scores), ...others].map(({ engine, ...figures }) => line([engine, ...Object.values(figures)]));
  return `# Conformance

<!-- Generated: npm run conformance -- --page -->

\`npm run conformance -- FILE…\` runs any corpus of certification paths, certificates, revocation lists or PKCS#12 files, one
JSON case a line, through the code that decides in a front. It prints every case that comes out wrong and ends with exit code 1 if
there is one; \`--why\` adds what was said about it, \`--json\` is for programs. The corpora are not part of this repository;
they are public: C2SP/x509-limbo, Netflix/bettertls, google/boringssl (\`pki/testdata\`), NIST PKITS.

| corpus | cases | to accept | to refuse | false accepts | false rejects | exceptions | free cases accepted |
|---|---|---|---|---|---|---|---|
${files.join('\n')}

A *false accept* lets in what must be refused, a *false reject* refuses what must be let in, and *free* cases are violations of
a profile on which a corpus has no opinion. Each run prints its slowest case; the bar is ${slowMilliseconds} ms.
${wrong.length === 0 ? '' : `\n## Wrong\n\n${wrong.join('\n')}\n`}
## Decided differently on purpose

${different.length === 0 ? 'Nothing.' : different.join('\n')}

## Beside others

The same cases, measured in November 2026 on one machine (Node 24.21, OpenSSL 3.0.19 and 3.5.8, Go 1.19.8), path validation
only, without a host name. x509-limbo without the cases that only a profile or a host name decides: 53 that somebody would
get in by, 63 that must pass. BetterTLS path building: 36 and 45. Certificates: 24 of BoringSSL that are malformed.

| engine | limbo: false accepts of 53 | false rejects of 63 | BetterTLS: false accepts of 36 | false rejects of 45 | malformed certificates accepted of 24 |
|---|---|---|---|---|---|
${engines.join('\n')}

(a) On the variants of the cases whose certificates are for clients, where not all apply. – not measured. pkijs and a
careful walk did not return within 20 seconds on some cases; here a budget of signature checks ends every search.
`;
}
