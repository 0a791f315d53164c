import { ProblemError, refuse } from '../core/problem.ts';
import { loadRegistry } from '../core/registry/load.ts';
import type { Registry } from '../core/registry/registry.ts';

/** 100,000 clients take some 60 MB. */
const maximumBytes = 256 * 1024 * 1024;

/**
 * The registry of a release that is a file: read and loaded once, since the files of a function do not change under it.
 * A read that failed is tried again at the next call. `readFile` is `node:fs/promises`' own.
 * @throws ProblemError `release_unreadable`, `release_malformed`, and what `loadRegistry` refuses.
 */
export function openReleaseFile(
  path: string,
  readFile: (path: string) => Promise<Uint8Array>,
): () => Registry | Promise<Registry> {
  let loaded: Registry | Promise<Registry> | undefined;
  return () => {
    loaded ??= readRelease(path, readFile).then(
      (registry) => {
        loaded = registry;
        return registry;
      },
      (error: unknown) => {
        loaded = undefined;
        throw error;
      },
    );
    return loaded;
  };
}

async function readRelease(path: string, readFile: (path: string) => Promise<Uint8Array>): Promise<Registry> {
  const bytes = await readFile(path).catch((error: unknown) =>
    refuse({
      code: 'release_unreadable',
      message: 'The release cannot be read',
      place: { file: path },
      found: error instanceof Error ? error.message : undefined,
    }),
  );
  if (bytes.length > maximumBytes) {
    refuse({
      code: 'release_malformed',
      message: 'The release is too large',
      place: { file: path },
      found: `${bytes.length} bytes`,
      allowed: `at most ${maximumBytes} bytes`,
    });
  }
  try {
    return loadRegistry(parseJson(bytes, path));
  } catch (error) {
    // Whatever a damaged document makes the loader stumble over, it is the document that is wrong.
    if (error instanceof ProblemError) throw error;
    return refuse({ code: 'release_malformed', message: 'The release is damaged', place: { file: path } });
  }
}

/** `loadRegistry` checks the document itself. */
function parseJson(bytes: Uint8Array, path: string): Parameters<typeof loadRegistry>[0] {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return refuse({ code: 'release_malformed', message: 'The release is not JSON', place: { file: path } });
  }
}
