import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { frontFile } from '../../config/front-files.ts';
import { STATE_FOLDER } from '../state-folder.ts';

/** The folders of a front (beside its one file), see `src/config/folder.ts`. */
const FOLDERS = ['truststore', 'connections'];
const SETTLE_MILLISECONDS = 120;
/** As many folders as a front can reasonably have; beyond it a change is seen when something else changes. */
const MAX_FOLDERS = 256;

/**
 * Calls `changed` when something that makes up a front may have changed, once things have been quiet for a moment (an
 * editor writes a file in several steps, `git checkout` several files). Each folder is watched by itself, because
 * editors replace files, and Node's recursive watching on Linux loses a file that was replaced; and never the whole
 * tree, because a front may be a repository with `node_modules`.
 */
export function watchFront(folder: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const watchers = new Map<string, FSWatcher>();
  const touched = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      armAll(); // once more: a folder made within a new folder may have come before we watched that one
      changed();
    }, SETTLE_MILLISECONDS);
  };
  const forget = (path: string) => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  const arm = (path: string, concerns: (name: string) => boolean): void => {
    if (watchers.has(path) || watchers.size >= MAX_FOLDERS) return;
    try {
      const watcher = watch(path, (event, name) => {
        if (name !== null && !concerns(name)) return;
        // A folder that went away and came back under its name is another one: watch that.
        if (event === 'rename' && name !== null) forgetBelow(join(path, name));
        armAll();
        touched();
      });
      watcher.on('error', () => {
        forget(path);
        touched();
      });
      watchers.set(path, watcher);
    } catch {
      // not there (any more): the watcher of the folder above sees it come
    }
  };
  const forgetBelow = (gone: string) => {
    for (const path of [...watchers.keys()]) if (path === gone || path.startsWith(join(gone, '/'))) forget(path);
  };
  const armTree = (path: string): void => {
    arm(path, () => true);
    for (const name of foldersIn(path)) armTree(join(path, name));
  };
  const armAll = () => {
    for (const name of FOLDERS) armTree(join(folder, name));
    arm(join(folder, STATE_FOLDER), (name) => name === 'blocks.json');
  };
  arm(folder, (name) => FOLDERS.includes(name) || name === frontFile);
  armAll();
  return {
    close() {
      clearTimeout(timer);
      for (const path of [...watchers.keys()]) forget(path);
    },
  };
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
