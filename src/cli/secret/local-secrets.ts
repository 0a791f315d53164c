import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Secrets } from '../../aws/secrets.ts';
import { readSecretFile } from '../../forward/secret-file.ts';

/** The secrets of `dev --real-backends`: one JSON file of mode 0600 outside any repository. */
export function openLocalSecrets(path: string): Secrets {
  return {
    list: async () => (existsSync(path) ? Object.keys(readSecretFile(path)).map((name) => ({ name })) : []),
    async set(name, value) {
      const before = existsSync(path) ? readSecretFile(path) : {};
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const next = `${path}.${process.pid}.new`;
      // Exclusive: never into a file or through a link that somebody has put there.
      writeFileSync(next, `${JSON.stringify({ ...before, [name]: value }, undefined, 2)}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
      try {
        // Read before it counts: refuses a place inside a repository, where one `git add` would publish it.
        readSecretFile(next);
        renameSync(next, path);
      } catch (error) {
        rmSync(next, { force: true });
        throw error;
      }
      return Object.hasOwn(before, name) ? 'changed' : 'created';
    },
  };
}
