import { type Problem, ProblemError } from '../core/problem.ts';
import type { RegistryDocument } from '../core/registry/document.ts';
import type { GivenList, ListNote } from './compile-lists.ts';
import { type JobMeans, type JobRequest, readHeld, runRevocations } from './job.ts';
import { lackingOf, type WantedAuthority, wantedOf } from './wanted.ts';

/**
 * Before a registry is published: its authorities must have their lists by the time they decide. Where the index that counts
 * has them all nothing is fetched and nothing is written, so that whoever publishes needs no right to it.
 *
 * @throws ProblemError `revocation_not_fetched` where `missing: deny` would refuse everybody under a CA
 */
export async function prepareLists(
  means: JobMeans,
  desired: RegistryDocument,
  fetch: (wanted: readonly WantedAuthority[]) => Promise<readonly GivenList[]>,
  note: Pick<JobRequest, 'by' | 'reason'>,
): Promise<readonly ListNote[]> {
  const withLists = desired.authorities.filter(({ revocation }) => 'lists' in revocation);
  if (withLists.length === 0) return [];
  const held = (await readHeld(means))?.index;
  const has = (name: string) => held?.authorities.has(name) === true;
  if (held !== undefined && withLists.every((each) => has(each.name) && lackingOf(each, held).length === 0)) return [];
  const lists = await fetch(wantedOf([desired]));
  const { index, notes } = await runRevocations(means, { ...note, lists, desired });
  const problems = withLists.flatMap((authority): readonly Problem[] => {
    const { name, revocation, at } = authority;
    if (!('lists' in revocation) || revocation.missing !== 'deny') return [];
    return lackingOf(authority, index).map((ca) => ({
      code: 'revocation_not_fetched',
      message: `${name} says missing: deny, and there is no list of ${ca}: everybody under it would be refused`,
      place: at,
      found: notes.find((one) => one.authority === name)?.detail ?? 'no list of this CA',
      allowed: 'a list of each CA of the authority that issues certificates',
      remedy: 'name its list in revocation.lists of the authority; if its server is down, publish later',
    }));
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return notes;
}
