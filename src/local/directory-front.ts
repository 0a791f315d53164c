import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ParameterName } from '../core/release/layout.ts';
import type { Edge } from '../publish/edge.ts';
import type { Parameters, TruststoreLocation } from '../publish/parameters.ts';
import { hasCode } from './system-error.ts';

/** What stands beside a store on a folder in the place of SSM and of a custom domain: one file each. */

/** Parameters in `parameters.json` of the folder. */
export function openDirectoryParameters(folder: string): Parameters {
  const path = join(folder, 'parameters.json');
  return {
    async get(names) {
      const values = (await readJson<Partial<Record<ParameterName, string>>>(path)) ?? {};
      return new Map(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]] as const])));
    },
    async put(name, value) {
      await writeJson(path, { ...((await readJson<Record<string, string>>(path)) ?? {}), [name]: value });
    },
  };
}

/** An edge that takes any truststore at once, kept in `edge.json` of the folder; none until the first update. */
export function openDirectoryEdge(folder: string): Edge {
  const path = join(folder, 'edge.json');
  const state = (truststore: TruststoreLocation | undefined) =>
    ({ truststore, status: 'available', warnings: [] }) as const;
  return {
    async read() {
      return state(await readJson<TruststoreLocation>(path));
    },
    async update(truststore) {
      await writeJson(path, truststore);
      return state(truststore);
    },
  };
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}
