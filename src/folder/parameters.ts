import { join } from 'node:path';
import type { ParameterName } from '../core/release/layout.ts';
import type { Parameters } from '../core/release/parameters.ts';
import { readJson, writeJson } from './json-file.ts';

/** What stands beside a store on a folder in the place of SSM: parameters in `parameters.json` of the folder. */
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
