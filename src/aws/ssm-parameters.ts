import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parameterPathOf } from '../core/release/layout.ts';
import type { Parameters } from '../core/release/parameters.ts';
import type { ClientSettings } from './clients.ts';

/** A front's parameters in SSM. */
export function openSsmParameters(front: string, settings: ClientSettings): Parameters {
  const client = new SSMClient(settings);
  return {
    async get(names) {
      const paths = new Map(names.map((name) => [parameterPathOf(front, name), name]));
      // Ten names at most in one call; a front has fewer.
      const { Parameters: found = [] } = await client.send(new GetParametersCommand({ Names: [...paths.keys()] }));
      return new Map(
        found.flatMap(({ Name = '', Value }) => {
          const name = paths.get(Name);
          return name === undefined || Value === undefined ? [] : [[name, Value] as const];
        }),
      );
    },
    async put(name, value) {
      await client.send(
        new PutParameterCommand({ Name: parameterPathOf(front, name), Value: value, Type: 'String', Overwrite: true }),
      );
    },
  };
}
