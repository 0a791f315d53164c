import { createHash } from 'node:crypto';
import { readFront } from '../../config/folder.ts';
import type { FrontConfig } from '../../config/front.ts';
import { ProblemError } from '../../core/problem.ts';
import type { ListFiles } from '../../core/revocation/believe-files.ts';
import { readListFiles } from './revocations.ts';

/** A front as it stood in its folder at one moment. */
export interface FrontReading {
  readonly config: FrontConfig;
  readonly lists: ListFiles;
  /** Of what the files mean: the same hash, nothing to do. */
  readonly hash: string;
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
