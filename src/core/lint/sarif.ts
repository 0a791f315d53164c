import { createHash } from 'node:crypto';
import type { Finding } from './lint.ts';
import type { RuleEntry } from './rule.ts';
import { lintRules } from './table.ts';

export interface SarifOptions {
  /** Version of the tool. */
  readonly version: string;
  /** From the root of the repository to the front's folder, `/` between its parts, empty when they are the same. */
  readonly prefix: string;
}

/**
 * A log of SARIF 2.1.0 with one run, as code scanning reads it: locations relative to the root of the repository, levels,
 * help in Markdown, and a fingerprint that survives moving lines.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifOf(findings: readonly Finding[], { version, prefix }: SarifOptions): Record<string, unknown> {
  const problems = new Map(
    findings
      .filter(({ rule }) => !lintRules.some(({ code }) => code === rule))
      .map(({ rule, title, why, remedy = '' }): [string, RuleEntry] => [
        rule,
        { code: rule, severity: 'error', title, why, remedy, citation: 'docs/lint.md' },
      ]),
  );
  const rules = [...lintRules, ...problems.values()];
  const indexes = new Map(rules.map(({ code }, index) => [code, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sallyport', semanticVersion: version, rules: rules.map(descriptorOf) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, indexes.get(finding.rule) ?? 0, prefix)),
      },
    ],
  };
}

function descriptorOf({ code, severity, title, why, remedy, citation }: RuleEntry): Record<string, unknown> {
  return {
    id: code,
    shortDescription: { text: `${capital(title)}.` },
    fullDescription: { text: why },
    help: {
      text: `${why} What to do: ${remedy}. See: ${citation}.`,
      markdown: `${why}\n\n**What to do:** ${remedy}.\n\nSee: ${citation}.`,
    },
    defaultConfiguration: { level: severity },
    properties: { tags: ['security', 'certificates'] },
  };
}

function resultOf(finding: Finding, ruleIndex: number, prefix: string): Record<string, unknown> {
  const { rule, severity, place, title, found, remedy } = finding;
  const facts = found === undefined ? '' : `: ${found}`;
  const file = place.file ?? 'sallyport.yaml';
  const uri = [...prefix.split('/'), ...file.split('/')]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/');
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: `${capital(title)}${facts}.${remedy === undefined ? '' : ` What to do: ${remedy}.`}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
          region: { startLine: place.line ?? 1, ...(place.column === undefined ? {} : { startColumn: place.column }) },
        },
      },
    ],
    partialFingerprints: { 'sallyport/v1': fingerprint([rule, uri, found ?? '']) },
  };
}

function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
