import { dayMilliseconds } from '../day.ts';
import type { Place } from '../problem.ts';
import type { LintBundle, LintCertificate, LintClient, LintFront } from './front.ts';

export interface LintContext {
  readonly front: LintFront;
  /** Epoch milliseconds. */
  readonly now: number;
  /** From how many days before its end something is said to be expiring. */
  readonly expiringDays: number;
}

/** One thing that a rule has found, where, and (when the rule knows better than its table entry) what to do. */
export interface Detail {
  readonly place: Place;
  /** ASCII: it may come from a certificate. */
  readonly found: string;
  readonly remedy?: string;
}

/**
 * `error`: a MUST that this front depends on; somebody would be refused or admitted wrongly, or the edge would not take
 * the file. `warning`: a SHOULD, or a MUST that binds whoever made the certificate and costs this front nothing today.
 */
export type Severity = 'error' | 'warning';

/** What every rule says about itself. `code` is stable: added to, never renamed; it is an anchor of docs/lint.md. */
export interface RuleEntry {
  readonly code: string;
  readonly severity: Severity;
  /** What is so. One sentence, no full stop. */
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  readonly citation: string;
  /** Problem codes of the compiler that say the same about the same place: reported once, by the rule. */
  readonly supersedes?: readonly string[];
  /** `lint --fix` mends it. */
  readonly fixable?: true;
}

/** One rule, one entry. `check` runs only where `applies`. */
export interface Rule<Subject> extends RuleEntry {
  applies(subject: Subject, context: LintContext): boolean;
  check(subject: Subject, context: LintContext): readonly Detail[];
}

export type CertificateRule = Rule<LintCertificate>;
export type BundleRule = Rule<LintBundle>;
export type ClientRule = Rule<LintClient>;
export type FrontRule = Rule<LintFront>;

export const nothing: readonly Detail[] = [];
export const always = (): boolean => true;

/** Whole days from now until then, negative when it has passed. */
export function daysUntil(then: number, { now }: LintContext): number {
  return Math.floor((then - now) / dayMilliseconds);
}

/** `1 day`, `2 days`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
