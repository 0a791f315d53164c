import { type Problem, ProblemError } from '../core/problem.ts';
import { type TruststoreLocation, writeTruststoreParameters } from '../core/release/parameters.ts';
import { moveEdge } from './edge.ts';
import { describePublication, endPublication, type Publication } from './publication.ts';
import type { PublishMeans } from './steps.ts';

/**
 * A publication that only adds has failed before anything of it was live: the edge and its parameters go back to where
 * they were when this run began. (With a removal in it this never runs: a truststore that still has a removed CA is not
 * put back by us.) Always throws.
 */
export async function rollBack(
  means: PublishMeans,
  before: TruststoreLocation,
  publication: Publication,
  cause: unknown,
): Promise<never> {
  means.say(`that failed (${messageOf(cause)}): rolling the additions back`);
  try {
    await writeTruststoreParameters(means.parameters, before);
    await moveEdge(means.edge, before, means);
    await endPublication(means.store, publication.publication, new Date(means.now()).toISOString(), messageOf(cause));
  } catch (error) {
    throw incomplete(error, publication, cause);
  }
  throw problem({
    code: 'publication_rolled_back',
    message: `${describePublication(publication)} failed and was rolled back: nothing has changed`,
    found: messageOf(cause),
    remedy: 'mend that, then sallyport publish',
  });
}

/** The error of a publication that stopped half-way and stays there. */
export function incomplete(cause: unknown, publication: Publication, first?: unknown): ProblemError {
  return problem({
    code: 'publication_incomplete',
    message: `${describePublication(publication)} is not done: what it removes is no longer allowed, what it adds is not allowed yet`,
    found: first === undefined ? messageOf(cause) : `${messageOf(first)}; then ${messageOf(cause)}`,
    remedy: 'sallyport publish (the same files) continues where it stopped',
  });
}

function problem(content: Problem): ProblemError {
  return new ProblemError([content]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
