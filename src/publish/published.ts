import { refuse } from '../core/problem.ts';
import type { RegistryDocument } from '../core/registry/document.ts';
import { readHistory } from './history.ts';
import type { Publication } from './publication.ts';
import { type Live, type ReadingMeans, readContent } from './read-live.ts';

/** So many publications are looked through. */
const most = 1000;

/**
 * A release that was published before, by its number in `sallyport releases` or by the beginning of its id.
 *
 * @throws ProblemError `release_unknown`, and those of reading a release
 */
export async function readPublished(
  means: ReadingMeans,
  live: Live,
  text: string,
): Promise<{ readonly publication: Publication; readonly document: RegistryDocument }> {
  const history = (await readHistory(means.store, live, most)).filter(
    ({ state }) => state === 'live' || state === 'replaced',
  );
  const found = history
    .map(({ publication }) => publication)
    .filter(({ publication, release }) =>
      /^\d{1,5}$/.test(text)
        ? String(publication) === text
        : text.length >= 6 && release.startsWith(text.toLowerCase()),
    );
  const [first] = found;
  if (first === undefined || found.some(({ release }) => release !== first.release)) {
    refuse({
      code: 'release_unknown',
      message: first === undefined ? 'no such release was published' : 'several releases begin like this',
      found: text,
      allowed: 'the number of a publication, or at least six characters of a release',
      remedy: 'sallyport releases   lists them',
    });
  }
  const publication = first as Publication;
  const { document } = await readContent(means.store, publication.release);
  return { publication, document };
}
