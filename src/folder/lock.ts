import { open, rm, stat } from 'node:fs/promises';
import { hasCode } from './system-error.ts';

/** A lock whose owner crashed. Owners hold it for one read and one rename. */
const staleLockMilliseconds = 10_000;

/** Waits until the file could be created exclusively; gives what removes it again. */
export async function lock(path: string, now: () => number): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(path, 'wx')).close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const held = await stat(path).catch(() => undefined);
    if (held !== undefined && now() - held.mtimeMs > staleLockMilliseconds) await rm(path, { force: true });
    else await new Promise((done) => setTimeout(done, 10));
  }
}
