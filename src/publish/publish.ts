import { ProblemError, refuse } from '../core/problem.ts';
import { type CompileOptions, compileRelease, type Release, type ReleaseSource } from '../core/release/compile.ts';
import { type DeployedDigests, missingFromDeployment } from '../core/release/deployed.ts';
import { type TruststoreLocation, writeTruststoreParameters } from '../core/release/parameters.ts';
import { type Plan, plan } from '../core/release/plan.ts';
import type { Pointer } from '../core/release/pointer.ts';
import { claim, overtakenBy, type PublicationNote, underWayIn } from './claim.ts';
import { moveEdge } from './edge.ts';
import { raisePointerFloor } from './floors.ts';
import { describePublication, type Publication } from './publication.ts';
import { type Live, readLive } from './read-live.ts';
import { movePointer, OvertakenError, type PublishMeans, reducedRelease, uploadRelease } from './steps.ts';
import { incomplete, rollBack } from './take-back.ts';

export interface PublishRequest extends PublicationNote {
  readonly source: ReleaseSource;
  readonly options?: CompileOptions;
  /** What the stacks have. `not-checked` only for a front without stacks. */
  readonly deployed: DeployedDigests | 'not-checked';
  /**
   * Whether the commit of the live release is an ancestor of the files' commit; undefined when that is not known.
   * `not-checked` when somebody said so.
   */
  readonly isAncestor: ((commit: string) => Promise<boolean | undefined>) | 'not-checked';
  /** Go on although another publication has begun and is not done. */
  readonly takeOver?: boolean;
  /** What was live when somebody agreed to it; another one stops it. */
  readonly agreedOn?: { readonly release: string; readonly sequence: number };
}

export interface PublishOutcome {
  /** `unchanged`: it was live already. */
  readonly outcome: 'published' | 'unchanged';
  readonly pointer: Pointer;
  readonly plan: Plan;
  /** What AWS says about the truststore. */
  readonly warnings: readonly string[];
}

/**
 * Makes a registry live in the three steps of docs/decisions/publish-order.md: (a) what is removed stops being allowed,
 * (b) the edge gets the new truststore, (c) what is added begins to be allowed. Run again after a crash at any point,
 * with the same files, it continues; a removal that has happened is never undone.
 *
 * @throws ProblemError `publication_under_way`, `publication_overtaken`, `publication_rolled_back`, `publication_incomplete`, `history_diverged`,
 *   `nothing_published`, `plan_differs`, `…_not_deployed`, and those of `compileRelease` and `readLive`
 */
export async function publish(means: PublishMeans, request: PublishRequest): Promise<PublishOutcome> {
  const desired = compileRelease(request.source, request.options);
  checkFront(means.front, request);
  for (let round = 1; ; round += 1) {
    const live = (await readLive(means)) ?? nothingPublished();
    if (round === 1) await checkAgreed(means, live, desired.id, request);
    // A crash right after a pointer was written leaves its floor behind.
    await raisePointerFloor(means);
    const claimed = await claim(means, live, desired.id, request);
    try {
      if (claimed === 'done') return await unchanged(means, live, request);
      return await run(means, live, desired, claimed, request);
    } catch (error) {
      if (!(error instanceof OvertakenError) || claimed === 'done' || round === 5) throw error;
      await stopIfOvertaken(means, claimed, desired.id);
      means.say('somebody else continues the same publication: looking again');
    }
  }
}

async function run(
  means: PublishMeans,
  before: Live,
  desired: Release,
  publication: Publication,
  request: PublishRequest,
): Promise<PublishOutcome> {
  const { document } = request.source;
  const changes = plan({ document: before.document }, { document });
  const uploaded = await uploadRelease(means.store, desired);
  const number = publication.publication;
  if (before.manifest.truststore.sha256 === desired.manifest.truststore.sha256) {
    // The edge stays, so one pointer both removes and adds.
    const { truststore } = before.pointer;
    const { pointer } = await movePointer(means, before, number, { release: desired.id, truststore });
    means.say('the new registry is live');
    return { outcome: 'published', pointer, plan: changes, warnings: await settleEdge(means, pointer) };
  }
  let live = before;
  if (changes.reduces) {
    const smaller = await reducedRelease(means, live, document);
    await uploadRelease(means.store, smaller);
    const moved = await movePointer(means, live, number, { release: smaller.id, truststore: live.pointer.truststore });
    live = { ...live, ...moved };
    means.say('step a: what is removed is no longer allowed');
  }
  const edgeBefore = (await means.edge.read())?.truststore ?? locationOf(means, before.pointer.truststore);
  const removalsAreLive = changes.reduces || before.pointer.publication === number;
  try {
    const location = locationOf(means, uploaded);
    // Parameters before the domain: a deploy in between then moves the domain forward, never back.
    await writeTruststoreParameters(means.parameters, location);
    const edge = await moveEdge(means.edge, location, means);
    means.say('step b: the edge has the new truststore');
    const { pointer } = await movePointer(means, live, number, { release: desired.id, truststore: uploaded });
    means.say('step c: the new registry is live');
    return { outcome: 'published', pointer, plan: changes, warnings: edge?.warnings ?? [] };
  } catch (error) {
    if (error instanceof OvertakenError) throw error;
    if (removalsAreLive) throw incomplete(error, publication);
    return await rollBack(means, edgeBefore, publication, error);
  }
}

/** A publisher that slept until another one took its place stops, and leaves the edge as the live release wants it. */
async function stopIfOvertaken(means: PublishMeans, mine: Publication, release: string): Promise<void> {
  const later = await overtakenBy(means, mine, release);
  if (later === undefined) return;
  if (later.isDone) await settleEdge(means, later.live.pointer);
  refuse({
    code: 'publication_overtaken',
    message: 'another publication has taken the place of this one, which stops here',
    found: describePublication(later.publication),
    remedy: 'sallyport status shows what is live; sallyport publish starts again from there',
  });
}

/** It is live already; a crash may have left the edge or its parameters behind, or somebody changed them. */
async function unchanged(means: PublishMeans, live: Live, request: PublishRequest): Promise<PublishOutcome> {
  const { pointer } = live;
  const changes = plan({ document: live.document }, { document: request.source.document });
  return { outcome: 'unchanged', pointer, plan: changes, warnings: await settleEdge(means, pointer) };
}

async function settleEdge(means: PublishMeans, pointer: Pointer): Promise<readonly string[]> {
  const location = locationOf(means, pointer.truststore);
  await writeTruststoreParameters(means.parameters, location);
  return (await moveEdge(means.edge, location, means))?.warnings ?? [];
}

function locationOf(means: PublishMeans, truststore: Pointer['truststore']): TruststoreLocation {
  return { uri: means.store.uriOf(truststore.key), version: truststore.version };
}

function checkFront(front: string, request: PublishRequest): void {
  const { document } = request.source;
  if (document.front.id !== front) {
    refuse({
      code: 'other_front',
      message: 'these are the files of another front',
      found: document.front.id,
      allowed: front,
    });
  }
  if (request.deployed === 'not-checked') return;
  const problems = missingFromDeployment(document, request.deployed);
  if (problems.length > 0) throw new ProblemError(problems);
}

/** What was agreed to was about another release than the one that is live by now, unless that is a step of this very publication. */
async function checkAgreed(
  means: PublishMeans,
  live: Live,
  desired: string,
  { agreedOn }: PublishRequest,
): Promise<void> {
  const { release, sequence } = live.pointer;
  if (agreedOn === undefined || (agreedOn.release === release && agreedOn.sequence === sequence)) return;
  if (release === desired || (await underWayIn(means, live)).open?.release === desired) return;
  refuse({
    code: 'plan_differs',
    message: 'another release has gone live since this was planned',
    found: `release ${release.slice(0, 12)}, sequence ${sequence}`,
    allowed: `release ${agreedOn.release.slice(0, 12)}, sequence ${agreedOn.sequence}`,
    remedy: 'sallyport publish shows again what it would change',
  });
}

function nothingPublished(): never {
  return refuse({
    code: 'nothing_published',
    message: 'nothing is published yet: the first release comes with the first deployment',
    remedy: 'npx cdk deploy --all',
  });
}
