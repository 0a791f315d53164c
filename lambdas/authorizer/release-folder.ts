import { createHash } from 'node:crypto';
import type { ParameterName } from '../../src/core/release/layout.ts';
import type { Parameters } from '../../src/publish/parameters.ts';
import type { Store } from '../../src/publish/store.ts';

/** Reads what `src/local/directory-store.ts` and `src/local/directory-front.ts` write: the same release without AWS. */
export function openReleaseFolder(folder: string): {
  readonly store: Pick<Store, 'get'>;
  readonly parameters: Pick<Parameters, 'get'>;
} {
  return {
    store: {
      async get(key, options = {}) {
        const body = await readIfThere(`${folder}/${key}`);
        if (body === undefined) return undefined;
        const etag = createHash('sha256').update(body).digest('hex');
        return options.ifNoneMatch === etag ? 'not-modified' : { body, etag, version: etag };
      },
    },
    parameters: {
      async get(names) {
        const text = (await readIfThere(`${folder}/parameters.json`))?.toString('utf8') ?? '{}';
        const values = JSON.parse(text) as Partial<Record<ParameterName, string>>;
        return new Map(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]] as const])));
      },
    },
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    // Only here: a function on AWS reads S3 and need not load it.
    return await (await import('node:fs/promises')).readFile(path);
  } catch (error) {
    // Not by instanceof: a test runner's realm has an Error of its own.
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
