import type { FrontConfig } from '../../config/front.ts';
import { type Impact, impactOf } from '../../core/impact/impact.ts';
import { readableChanges } from '../../core/impact/readable.ts';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { deployedDigestsOf } from '../../core/release/deployed.ts';
import { type Change, type PlanSide, plan } from '../../core/release/plan.ts';
import type { Live } from '../../publish/read-live.ts';
import type { ReleasePlace } from '../publish/release-place.ts';

/** What a publication would change, and whom. */
export interface PlanReport {
  readonly changes: readonly Change[];
  readonly impact: Impact;
}

export function reportOf(before: PlanSide, after: PlanSide, now: number): PlanReport {
  const { changes } = plan(before, after);
  return {
    changes: readableChanges(changes, [before.document, after.document], now),
    impact: impactOf(before.document, after.document, now),
  };
}

/** What the files of a front would be. */
export const filesSide = (config: FrontConfig, place?: ReleasePlace): PlanSide => ({
  document: config.registry,
  deployed: place === undefined || place.deployed === 'not-checked' ? undefined : deployedDigestsOf(config),
});

/** What is live; nobody before the first publication. */
export const liveSide = (live: Live | undefined, config: FrontConfig, place: ReleasePlace): PlanSide => ({
  document: live?.document ?? emptyOf(config.registry),
  deployed: place.deployed === 'not-checked' ? undefined : place.deployed,
});

const emptyOf = (document: RegistryDocument): RegistryDocument => ({
  ...document,
  authorities: [],
  clients: [],
  routes: [],
});
