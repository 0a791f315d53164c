import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { frontFile } from '../../config/front.ts';
import { STATE_FOLDER } from './state.ts';

/** The folders of a front (beside its one file), see `config/folder.ts`. */
const FOLDERS = ['truststore', 'connections'];
const SETTLE_MILLISECONDS = 120;

/**
 * Calls `changed` when something that makes up a front may have changed, once things have been quiet for a moment (an
 * editor writes a file in several steps, `git checkout` several files). Folders are watched, not files, because
 * editors replace files; and never the whole tree, because a front may be a repository with `node_modules`.
 */
export function watchFront(folder: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const touched = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MILLISECONDS);
  };
  const watchers = new Map<string, FSWatcher>();
  const arm = (path: string, recursive: boolean, concerns: (name: string) => boolean): void => {
    if (watchers.has(path)) return;
    try {
      const watcher = watch(path, { recursive }, (_event, name) => {
        if (name !== null && !concerns(name)) return;
        armAll(); // truststore/ may have come back under the same name
        touched();
      });
      watcher.on('error', () => {
        watchers.delete(path);
        watcher.close();
        touched();
      });
      watchers.set(path, watcher);
    } catch {
      // not there (any more): the watcher of the folder above sees it come
    }
  };
  const armAll = () => {
    for (const name of FOLDERS) arm(join(folder, name), true, () => true);
    arm(join(folder, STATE_FOLDER), false, (name) => name === 'overlay.json');
  };
  const forget = (path: string) => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  arm(folder, false, (name) => {
    if (FOLDERS.includes(name)) forget(join(folder, name));
    return FOLDERS.includes(name) || name === frontFile;
  });
  armAll();
  return {
    close() {
      clearTimeout(timer);
      for (const path of [...watchers.keys()]) forget(path);
    },
  };
}
