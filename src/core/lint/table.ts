import type { BundleRule, CertificateRule, ClientRule, FrontRule, RuleEntry } from './rule.ts';
import { algorithmRules } from './rules/algorithm.ts';
import { authorityRules } from './rules/authority.ts';
import { bundleRules } from './rules/bundle.ts';
import { caProfileRules } from './rules/ca-profile.ts';
import { chainRules } from './rules/chain.ts';
import { clientRules } from './rules/client.ts';
import { frontRules } from './rules/front.ts';
import { routeRules } from './rules/route.ts';
import { validityRules } from './rules/validity.ts';

interface RuleTable {
  readonly certificate: readonly CertificateRule[];
  readonly bundle: readonly BundleRule[];
  readonly authority: readonly BundleRule[];
  readonly client: readonly ClientRule[];
  readonly front: readonly FrontRule[];
}

/** Every rule, by what it looks at: the one table. docs/lint.md, the JSON and the SARIF output are made from it. */
export const ruleTable: RuleTable = {
  certificate: [...validityRules, ...algorithmRules, ...caProfileRules],
  bundle: [...chainRules, ...bundleRules],
  authority: authorityRules,
  client: clientRules,
  front: [...frontRules, ...routeRules],
};

export const lintRules: readonly RuleEntry[] = Object.values(ruleTable).flat();
