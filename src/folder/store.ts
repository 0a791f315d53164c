import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ObjectVersion, PutCondition, PutResult, Store, StoredObject } from '../core/release/store.ts';
import { lock } from './lock.ts';
import { hasCode } from './system-error.ts';

const versionsFolder = '.versions';

/**
 * The store on a folder: an object is the file of its key, an etag and a version are both the SHA-256 of the content.
 * Writes appear whole (rename of a finished file); conditions are exclusive creation, of the object or of a lock.
 */
export function openDirectoryStore(folder: string, now: () => number = Date.now): Store {
  const root = resolve(folder);
  const pathOf = (key: string): string => {
    if (!/^[A-Za-z0-9._/-]+$/.test(key) || key.split('/').some((part) => part === '' || /^\.+$/.test(part)))
      throw new Error(`not a key of an object: ${JSON.stringify(key)}`);
    return join(root, key);
  };
  const versionPathOf = (key: string, version: string): string =>
    pathOf(`${versionsFolder}/${key}/${version.replaceAll(/[^0-9a-f]/g, '')}`);

  return {
    async get(key, options = {}) {
      const current = await readIfThere(pathOf(key));
      const wanted = options.version;
      const isCurrent = wanted === undefined || (current !== undefined && digest(current) === wanted);
      const body = isCurrent ? current : await readIfThere(versionPathOf(key, wanted));
      if (body === undefined) return undefined;
      const etag = digest(body);
      return options.ifNoneMatch === etag ? 'not-modified' : ({ body, etag, version: etag } satisfies StoredObject);
    },
    async put(key, body, condition) {
      const path = pathOf(key);
      const version = digest(body);
      const kept = versionPathOf(key, version);
      const temporary = join(root, `.new-${randomUUID()}`);
      await mkdir(dirname(path), { recursive: true });
      await mkdir(dirname(kept), { recursive: true });
      await writeFile(temporary, body);
      try {
        const written = await place(temporary, path, condition, now);
        if (!written) return 'lost';
        await writeFile(kept, body);
        return { etag: version, version } satisfies PutResult;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async list(prefix, after = '') {
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(nothingThere);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(root.length + 1)
            .replaceAll('\\', '/'),
        )
        .filter((key) => key.startsWith(prefix) && key > after && !key.startsWith('.') && !key.endsWith('.lock'))
        .sort();
    },
    async versions(key) {
      const versionFolder = pathOf(`${versionsFolder}/${key}`);
      const names = await readdir(versionFolder).catch(nothingThere);
      const found = await Promise.all(
        names.map(async (version): Promise<ObjectVersion> => {
          const { mtimeMs } = await stat(join(versionFolder, version));
          return { version, modifiedAt: mtimeMs };
        }),
      );
      return found.sort((a, b) => b.modifiedAt - a.modifiedAt);
    },
    uriOf: (key) => pathToFileURL(pathOf(key)).href,
  };
}

async function place(temporary: string, path: string, condition: PutCondition, now: () => number): Promise<boolean> {
  if ('ifNoneMatch' in condition) {
    // link() fails when the name is taken, rename() would replace it.
    return succeeds(link(temporary, path), 'EEXIST');
  }
  const unlock = await lock(`${path}.lock`, now);
  try {
    const current = await readIfThere(path);
    if (current === undefined || digest(current) !== condition.ifMatch) return false;
    await rename(temporary, path);
    return true;
  } finally {
    await unlock();
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function succeeds(work: Promise<void>, code: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (hasCode(error, code)) return false;
    throw error;
  }
}

function nothingThere(error: unknown): never[] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}

const digest = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');
