import { setTimeout as wait } from 'node:timers/promises';
import { DeleteParametersCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type ParameterName, parameterPathOf } from '../core/release/layout.ts';
import type { Parameters } from '../core/release/parameters.ts';
import { type ClientSettings, isNamed } from './clients.ts';

/** SSM may answer a read with what was there before the last write (eventual consistency); it is asked again that often. */
const attempts = 8;
const pauseMilliseconds = 100;

/** Those of the names that exist are gone afterwards. */
export async function deleteSsmParameters(
  front: string,
  names: readonly ParameterName[],
  settings: ClientSettings,
): Promise<void> {
  const Names = names.map((name) => parameterPathOf(front, name));
  await new SSMClient(settings).send(new DeleteParametersCommand({ Names }));
}

/** A front's parameters in SSM. */
export function openSsmParameters(front: string, settings: ClientSettings): Parameters {
  const client = new SSMClient(settings);
  /** The version that SSM counts with each write of a parameter: the highest read or written here. */
  const seen = new Map<ParameterName, number>();
  const note = (name: ParameterName, version = 0) => seen.set(name, Math.max(version, seen.get(name) ?? 0));

  async function read(names: readonly ParameterName[]) {
    const paths = new Map(names.map((name) => [parameterPathOf(front, name), name]));
    // Ten names at most in one call; a front has fewer.
    const { Parameters: found = [] } = await client.send(new GetParametersCommand({ Names: [...paths.keys()] }));
    return found.flatMap(({ Name = '', Value: value, Version: version }) => {
      const name = paths.get(Name);
      return name === undefined || value === undefined ? [] : [{ name, value, version }];
    });
  }

  async function write(name: ParameterName, value: string, overwrite: boolean): Promise<void> {
    const { Version } = await client.send(
      new PutParameterCommand({
        Name: parameterPathOf(front, name),
        Value: value,
        Type: 'String',
        Overwrite: overwrite,
      }),
    );
    note(name, Version);
  }

  return {
    async get(names) {
      for (let attempt = 1; ; attempt += 1) {
        const found = await read(names);
        const stale = names.find((name) => {
          const answer = found.find((each) => each.name === name);
          // Some emulators count no versions.
          return seen.has(name) && (answer === undefined || (answer.version ?? Infinity) < (seen.get(name) ?? 0));
        });
        if (stale === undefined) {
          for (const { name, version } of found) note(name, version);
          return new Map(found.map(({ name, value }) => [name, value]));
        }
        if (attempt === attempts)
          throw new Error(
            `SSM still gives an older value of ${parameterPathOf(front, stale)} than it gave or took before`,
          );
        await wait(pauseMilliseconds * attempt);
      }
    },
    put: (name, value) => write(name, value, true),
    async create(name, value) {
      try {
        await write(name, value, false);
        return true;
      } catch (error) {
        if (isNamed(error, 'ParameterAlreadyExists')) return false;
        throw error;
      }
    },
  };
}
