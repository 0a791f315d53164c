import type { Place, Problem } from '../problem.ts';
import { type LintInput, lintFrontOf } from './front.ts';
import type { Detail, LintContext, Rule, RuleEntry, Severity } from './rule.ts';
import { lintRules, ruleTable } from './table.ts';

export interface LintOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly expiringDays: number;
}

/** `rule` is the code of an entry of the table, or of a problem for which the front does not compile. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly place: Place;
  readonly title: string;
  readonly found?: string;
  readonly why: string;
  readonly remedy?: string;
  readonly fixable: boolean;
}

interface RuleRun {
  readonly findings: readonly Finding[];
  /** Codes of rules that had something to look at: a rule without a finding has passed, not been left out. */
  readonly applied: ReadonlySet<string>;
}

/** Every rule over everything that it applies to, in the order of files and lines. Pure. */
export function runRules(input: LintInput, options: LintOptions): RuleRun {
  const front = lintFrontOf(input);
  const context: LintContext = { ...options, front };
  const findings: Finding[] = [];
  const applied = new Set<string>();
  const run = <Subject>(rules: readonly Rule<Subject>[], subjects: readonly Subject[]): void => {
    for (const rule of rules) {
      for (const subject of subjects) {
        if (!rule.applies(subject, context)) continue;
        applied.add(rule.code);
        for (const detail of rule.check(subject, context)) findings.push(findingOf(rule, detail));
      }
    }
  };
  const pinned = front.clients.flatMap((client) => client.pinned);
  run(ruleTable.certificate, [...front.bundles.flatMap((bundle) => uniqueOf(bundle.certificates)), ...pinned]);
  run(ruleTable.bundle, front.bundles);
  run(ruleTable.authority, front.bundles);
  run(ruleTable.client, front.clients);
  run(ruleTable.front, [front]);
  return { findings: findings.sort(byPlace), applied };
}

/** What the rules and the compiler find. Where a rule says the same as a problem, with its reason, the problem is left out. */
export function lint(input: LintInput, problems: readonly Problem[], options: LintOptions): readonly Finding[] {
  const { findings } = runRules(input, options);
  const said = new Set(
    findings.flatMap(({ rule, place }) =>
      [rule, ...(supersededBy.get(rule) ?? [])].map((code) => `${code} ${place.file} ${place.line}`),
    ),
  );
  const unsaid = problems.filter(({ code, place }) => !said.has(`${code} ${place?.file} ${place?.line}`));
  return [...findings, ...unsaid.map(problemFinding)].sort(byPlace);
}

const supersededBy = new Map(lintRules.map(({ code, supersedes = [] }) => [code, supersedes]));

/** A duplicate is one finding of `certificate_twice`, not one more of everything else. */
function uniqueOf<T extends { readonly certificate: { readonly sha256: string } }>(placed: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return placed.filter(({ certificate }) => !seen.has(certificate.sha256) && seen.add(certificate.sha256));
}

function findingOf(rule: RuleEntry, { place, found, remedy }: Detail): Finding {
  const { code, severity, title, why } = rule;
  return {
    rule: code,
    severity,
    place,
    title,
    found,
    why,
    remedy: remedy ?? rule.remedy,
    fixable: rule.fixable === true,
  };
}

function problemFinding({ code, place = {}, message, found, allowed, remedy }: Problem): Finding {
  const why = `The front does not compile with it, so nothing of it can be published.${allowed === undefined ? '' : ` Allowed: ${allowed}.`}`;
  return { rule: code, severity: 'error', place, title: message, found, why, remedy, fixable: false };
}

function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a.place.file ?? '', b.place.file ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0);
}
