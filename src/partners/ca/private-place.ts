import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { refuse } from '../../core/problem.ts';

/**
 * Where private keys may lie: the real path of `folder`, which need not exist yet.
 *
 * @throws ProblemError `keys_in_front`, `keys_in_git`: what lies there is published or pushed one day
 */
export function privatePlace(folder: string, front: string): string {
  const place = realPath(resolve(folder));
  const inside = realPath(resolve(front));
  const remedy = '--keys FOLDER with a folder that is in no front and in no repository';
  if (place === inside || place.startsWith(`${inside}${sep}`)) {
    refuse({
      code: 'keys_in_front',
      message: 'private keys do not go into the folder of a front',
      found: place,
      remedy,
    });
  }
  for (let above = place; ; above = dirname(above)) {
    if (existsSync(join(above, '.git'))) {
      refuse({
        code: 'keys_in_git',
        message: `private keys do not go into a git work tree (${above})`,
        found: place,
        remedy,
      });
    }
    if (dirname(above) === above) return place;
  }
}

/** Of what exists; the rest is appended as it is. */
function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}
