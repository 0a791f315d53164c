import { refuse } from '../core/problem.ts';
import {
  claimPublication,
  describePublication,
  type Publication,
  publicationsAfter,
  readPublication,
} from './publication.ts';
import { type Live, readLive } from './read-live.ts';
import type { PublishMeans } from './steps.ts';

/** Who publishes, and why. */
export interface PublicationNote {
  readonly by: string;
  readonly commit: string | null;
  readonly reason: string | null;
}

interface ClaimRequest extends PublicationNote {
  readonly takeOver?: boolean;
  readonly isAncestor: ((commit: string) => Promise<boolean | undefined>) | 'not-checked';
}

/** After that a publication that is not done counts as abandoned: its slowest step, the edge, gives up long before. */
const abandonedMilliseconds = 15 * 60_000;

/**
 * The publication under which `release` goes live: one that somebody began for the same release and did not finish, or
 * a new number. `done` when the release is live and nothing is under way.
 *
 * @throws ProblemError `publication_under_way` with who and what, `history_diverged`
 */
export async function claim(
  means: PublishMeans,
  live: Live,
  release: string,
  request: ClaimRequest,
): Promise<Publication | 'done'> {
  const { current, open, highest } = await underWayIn(means, live);
  if (open?.release === release) {
    means.say(`continuing ${describePublication(open)}`);
    return open;
  }
  if (open === undefined && live.pointer.release === release) return 'done';
  if (open !== undefined && !isAbandoned(open, means.now()) && request.takeOver !== true) return underWay(open);
  await checkHistory(current, request);
  const publication: Publication = {
    format: live.pointer.format,
    publication: highest + 1,
    release,
    parent: live.pointer.release,
    by: request.by,
    at: new Date(means.now()).toISOString(),
    commit: request.commit,
    reason: request.reason,
  };
  if ((await claimPublication(means.store, publication)) === 'claimed') return publication;
  const winner = await readPublication(means.store, publication.publication);
  if (winner === undefined) throw new Error('a publication was there and is not: the store is not consistent');
  // The same files, published twice at once, or our own claim whose answer got lost: no reason to stop.
  return winner.release === release ? winner : underWay(winner);
}

/**
 * The later publication, of another release, that took the place of `mine`: going on would bring back what it has
 * removed. undefined when the pointer was moved for the same publication or the same release.
 */
export async function overtakenBy(
  means: PublishMeans,
  mine: Publication,
  release: string,
): Promise<{ readonly publication: Publication; readonly live: Live; readonly isDone: boolean } | undefined> {
  const live = await readLive(means);
  if (live === undefined) return undefined;
  const { current, open } = await underWayIn(means, live);
  const publication = open ?? current;
  if (publication === undefined || publication.publication <= mine.publication || publication.release === release)
    return undefined;
  return { publication, live, isDone: open === undefined };
}

/** The publication of which the live release is a step, and the newest one that is neither done nor given up. */
export async function underWayIn(
  means: Pick<PublishMeans, 'store'>,
  live: Live,
): Promise<{ readonly current?: Publication; readonly open?: Publication; readonly highest: number }> {
  const { publication, release } = live.pointer;
  const [later, current] = await Promise.all([
    publicationsAfter(means.store, publication),
    readPublication(means.store, publication),
  ]);
  const halfDone = current !== undefined && current.release !== release ? current : undefined;
  return { current, open: later.open.at(-1) ?? halfDone, highest: later.highest };
}

function isAbandoned(publication: Publication, now: number): boolean {
  return now - Date.parse(publication.at) > abandonedMilliseconds;
}

function underWay(publication: Publication): never {
  return refuse({
    code: 'publication_under_way',
    message: 'another publication has begun and is not done',
    found: describePublication(publication),
    remedy:
      'wait for it; if it crashed, run `sallyport publish` with its files to finish it, or `sallyport publish --take-over` with yours',
  });
}

async function checkHistory(current: Publication | undefined, request: ClaimRequest): Promise<void> {
  if (request.isAncestor === 'not-checked' || current === undefined || current.commit === null) return;
  if ((await request.isAncestor(current.commit)) === true) return;
  refuse({
    code: 'history_diverged',
    message:
      'the live release was made from a commit that is not in the history of your files: publishing would undo it',
    found: describePublication(current),
    allowed: 'files whose history holds that commit',
    remedy: 'git pull, then sallyport publish; or sallyport publish --any-history if you mean to replace it',
  });
}
