import { createHash } from 'node:crypto';
import { readFront } from '../../config/folder.ts';
import type { FrontConfig } from '../../config/front.ts';
import { ProblemError } from '../../core/problem.ts';
import { type ListFiles, listFileOf } from '../../core/revocation/believe-files.ts';
import { readListFiles } from './revocations.ts';

/** A front as it stood in its folder at one moment. */
export interface FrontReading {
  readonly config: FrontConfig;
  readonly lists: ListFiles;
  /** Of what the files mean: the same hash, nothing to do. */
  readonly hash: string;
}

/**
 * Without its file an authority has lists that revoke nobody, so that a front starts on a laptop. A file that goes while the
 * front runs would let in whom it revoked: what goes with it has to be written.
 * @throws ProblemError `list_gone`
 */
export function refuseLostLists(before: FrontReading, after: FrontReading): void {
  const lost = after.config.registry.authorities.filter(
    ({ name, revocation }) => !('none' in revocation) && before.lists.has(name) && !after.lists.has(name),
  );
  if (lost.length === 0) return;
  throw new ProblemError(
    lost.map(({ name }) => ({
      code: 'list_gone',
      message: 'the revocation lists of this authority were here and are not any more',
      place: { file: listFileOf(name) },
      found: 'no file',
      allowed: `the lists, or \`revocation: { none: … }\` in truststore/authorities/${name}.yaml`,
      remedy: 'put the file back; to run without it, start again',
    })),
  );
}

/** @throws ProblemError with every problem of every file */
export function readFrontFolder(folder: string): FrontReading {
  const { config, problems } = readFront(folder);
  if (config === undefined) throw new ProblemError(problems);
  const text = JSON.stringify({ ...config, connections: [...config.connections], tiers: [...config.tiers] });
  const lists = readListFiles(folder, config.registry);
  const hash = createHash('sha256').update(text);
  for (const [name, bytes] of lists) hash.update(`${name} ${bytes.length} `).update(bytes);
  return { config, lists, hash: hash.digest('hex') };
}
