import { parseRequestPath } from '../request/path.ts';
import { matches, type Pattern, witness } from '../request/pattern.ts';
import type { Client, Registry } from './registry.ts';

/** A request that one of the client's rules allows and a route serves. */
export function requestOf(client: Client, registry: Registry): { method: string; path: string } | undefined {
  const samples = client.rules.flatMap(({ pattern }) => [
    witness(pattern),
    ...registry.routes.map((route) => witness(route.pattern)),
  ]);
  const fits = ({ method, path }: { method: string; path: string }, pattern: Pattern) =>
    matches(pattern, method, parseRequestPath(path));
  return samples.find(
    (sample) =>
      client.rules.some(({ pattern }) => fits(sample, pattern)) &&
      registry.routes.some(({ pattern }) => fits(sample, pattern)),
  );
}
