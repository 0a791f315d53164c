import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { dayMilliseconds } from '../day.ts';
import { type Problem, ProblemError, refuse } from '../problem.ts';
import type { DeployedDigests } from '../release/deployed.ts';
import {
  countOf,
  fieldsOf,
  frontIdForm,
  momentOf,
  onlyKnown,
  parseFields,
  sha256Form,
  textOf,
} from '../release/fields.ts';
import { currentFormat, readableFormatOf } from '../release/manifest.ts';

/**
 * What was planned, and found good, by digests and numbers: nothing of it is published. `publish FILE` compiles its own
 * checkout, and stops when any of this is another.
 */
export interface PlanFile {
  readonly format: number;
  readonly front: string;
  /** The release that the files compile to. */
  readonly release: string;
  /** What was live: its release, and how often the pointer had moved. */
  readonly live: { readonly release: string; readonly sequence: number };
  /** How many blocks and lifts there were. */
  readonly overlays: { readonly blocks: number; readonly lifts: number };
  /** Digest of what the deployment says of itself; of nothing where there is none. */
  readonly deployed: string;
  readonly lost: number;
  readonly gained: number;
  /** UTC with milliseconds. */
  readonly madeAt: string;
}

const goodMilliseconds = dayMilliseconds;

export const writePlanFile = (plan: PlanFile): string => canonicalJson(plan);

/** @throws ProblemError `document_damaged`, `format_unknown` */
export function parsePlanFile(bytes: Uint8Array, name: string): PlanFile {
  const fields = parseFields(bytes, name);
  onlyKnown(fields, ['format', 'front', 'release', 'live', 'overlays', 'deployed', 'lost', 'gained', 'madeAt']);
  const live = fieldsOf(fields.values.live, `${name}, live,`);
  const overlays = fieldsOf(fields.values.overlays, `${name}, overlays,`);
  onlyKnown(live, ['release', 'sequence']);
  onlyKnown(overlays, ['blocks', 'lifts']);
  return {
    format: readableFormatOf(fields),
    front: textOf(fields, 'front', frontIdForm),
    release: textOf(fields, 'release', sha256Form),
    live: { release: textOf(live, 'release', sha256Form), sequence: countOf(live, 'sequence', 1) },
    overlays: { blocks: countOf(overlays, 'blocks'), lifts: countOf(overlays, 'lifts') },
    deployed: textOf(fields, 'deployed', sha256Form),
    lost: countOf(fields, 'lost'),
    gained: countOf(fields, 'gained'),
    madeAt: momentOf(fields, 'madeAt'),
  };
}

export const planFileOf = (plan: Omit<PlanFile, 'format'>): PlanFile => ({ format: currentFormat, ...plan });

/** Without what only a deploy writes anew each time. */
export function deployedDigest(deployed: DeployedDigests | 'not-checked'): string {
  const counted =
    deployed === 'not-checked'
      ? null
      : {
          connections: deployed.connections,
          tiers: deployed.tiers,
          egress: deployed.egress,
          domain: deployed.domain ?? null,
        };
  return createHash('sha256').update(canonicalJson(counted)).digest('hex');
}

/**
 * Stops unless everything is as it was planned.
 *
 * @throws ProblemError `plan_differs` for each difference, `plan_too_old`
 */
export function checkPlanFile(planned: PlanFile, now: PlanFile): void {
  const age = Date.parse(now.madeAt) - Date.parse(planned.madeAt);
  if (age > goodMilliseconds || age < 0)
    refuse({
      code: 'plan_too_old',
      message: 'the plan is not of the last 24 hours',
      found: planned.madeAt,
      allowed: `at most 24 hours before ${now.madeAt}`,
      remedy: 'sallyport plan --out FILE, and look at it again',
    });
  const parts: readonly (readonly [string, (plan: PlanFile) => string | number])[] = [
    ['the front', ({ front }) => front],
    ['what the files compile to', ({ release }) => release],
    ['the live release', ({ live }) => live.release],
    ['the sequence of the live release', ({ live }) => live.sequence],
    ['the number of blocks', ({ overlays }) => overlays.blocks],
    ['the number of lifts', ({ overlays }) => overlays.lifts],
    ['what is deployed', ({ deployed }) => deployed],
    ['how many clients would be refused', ({ lost }) => lost],
    ['how many clients would be let in', ({ gained }) => gained],
  ];
  const problems = parts
    .filter(([, of]) => of(planned) !== of(now))
    .map(
      ([what, of]): Problem => ({
        code: 'plan_differs',
        message: `${what} is not as it was planned`,
        found: String(of(now)),
        allowed: String(of(planned)),
        remedy: 'sallyport plan --out FILE, and look at it again',
      }),
    );
  if (problems.length > 0) throw new ProblemError(problems);
}
