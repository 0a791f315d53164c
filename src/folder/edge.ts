import { join } from 'node:path';
import type { TruststoreLocation } from '../core/release/parameters.ts';
import type { Edge } from '../publish/edge.ts';
import { readJson, writeJson } from './json-file.ts';

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
