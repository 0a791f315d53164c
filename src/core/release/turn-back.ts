import type { Problem } from '../problem.ts';
import { isRecord } from '../unknown.ts';

/** Where a deployment's files came from. */
export interface Origin {
  /** Hexadecimal, 40 digits (64 with SHA-256). */
  readonly commit: string;
  /** Version of this software. */
  readonly version: string;
}

/** What a template says of its history, for the comparison with what is deployed. */
export interface Lineage {
  /** Shortened by `shortCommit`; empty where there is no git. */
  readonly commit: string;
  /** Shortened: the commits that the files descend from, the newest first, as many as a template carries. */
  readonly ancestors: readonly string[];
  /** Whether git had less history than that: a shallow clone that could not be deepened. */
  readonly shallow: boolean;
  /** The deployed commit that may be given up, at least its first seven digits; empty when none. */
  readonly turnBackFrom: string;
}

/** How many ancestors a template carries: 13 bytes each, within what CloudFormation passes on. */
export const maximumAncestors = 300;

/** SHA-1 or SHA-256. */
export const commitForm = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Twelve digits tell commits of the largest repositories apart. */
export const shortCommit = (commit: string): string => commit.slice(0, 12);

/**
 * What the parameter `deployed` says of its origin; undefined when it does not say. Nothing else of it is read: one that a newer
 * version has written is the very case that has to be noticed.
 */
export function originIn(deployed: string): Origin | undefined {
  let value: unknown;
  try {
    value = JSON.parse(deployed);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value.commit !== 'string' || !commitForm.test(value.commit)) return undefined;
  return { commit: value.commit, version: typeof value.version === 'string' ? value.version : 'unknown' };
}

/** The problem of a deploy whose files do not descend from what is deployed; undefined when they do, or when it is typed away. */
export function turningBack(deployed: Origin | undefined, next: Lineage): Problem | undefined {
  if (deployed === undefined) return undefined;
  const short = shortCommit(deployed.commit);
  if (next.commit === short || next.ancestors.includes(short)) return undefined;
  if (next.turnBackFrom.length >= 7 && deployed.commit.startsWith(next.turnBackFrom)) return undefined;
  return {
    code: 'deploy_turns_back',
    message:
      next.commit === ''
        ? `these files are in no git repository, and what is deployed is commit ${short}: nobody can say whether this deploy turns something back`
        : `these files do not descend from what is deployed: a deploy would turn back what commit ${short} brought`,
    found: next.commit === '' ? 'no commit' : `commit ${next.commit}${next.shallow ? ', from a shallow clone' : ''}`,
    allowed: `commit ${short} (version ${deployed.version}) or one of at most ${maximumAncestors} commits after it`,
    remedy: `${howToDescend(next)}; to give up what is deployed, write deploy: { turnBackFrom: "${short}" } in sallyport.yaml`,
  };
}

function howToDescend({ commit, shallow }: Lineage): string {
  if (commit === '') return 'deploy from the repository';
  return shallow ? 'git fetch --unshallow, then deploy again' : 'git pull, then deploy again';
}
