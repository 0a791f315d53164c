import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParameterName } from '../core/release/layout.ts';
import type { Parameters } from '../core/release/parameters.ts';
import { readJson, writeJson } from './json-file.ts';
import { lock } from './lock.ts';

type Values = Partial<Record<ParameterName, string>>;

/** What stands beside a store on a folder in the place of SSM: parameters in `parameters.json` of the folder. */
export function openDirectoryParameters(folder: string, now: () => number = Date.now): Parameters {
  const path = join(folder, 'parameters.json');
  const read = async (): Promise<Values> => (await readJson<Values>(path)) ?? {};

  /** All are in one file: without a lock, of two that are written at once one would be lost. */
  async function change(next: (values: Values) => Values | undefined): Promise<boolean> {
    await mkdir(folder, { recursive: true });
    const unlock = await lock(`${path}.lock`, now);
    try {
      const values = next(await read());
      if (values === undefined) return false;
      await writeJson(path, values);
      return true;
    } finally {
      await unlock();
    }
  }

  return {
    async get(names) {
      const values = await read();
      return new Map(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]] as const])));
    },
    async put(name, value) {
      await change((values) => ({ ...values, [name]: value }));
    },
    create: (name, value) =>
      change((values) => (values[name] === undefined ? { ...values, [name]: value } : undefined)),
  };
}
