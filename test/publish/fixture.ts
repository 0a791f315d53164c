import { createHash } from 'node:crypto';
import type { ParameterName } from '../../src/core/release/layout.ts';
import type { Parameters, TruststoreLocation } from '../../src/core/release/parameters.ts';
import type { Store } from '../../src/core/release/store.ts';
import type { Edge } from '../../src/publish/edge.ts';
import type { PublishRequest } from '../../src/publish/publish.ts';
import type { FloorMeans } from '../../src/publish/restore-floors.ts';
import type { PublishMeans } from '../../src/publish/steps.ts';
import { type ClientSpec, ed25519Signer, sourceOf } from '../core/release/fixture.ts';

export class Crash extends Error {}

/** Everything outside, in memory. `tick` runs before and after each operation that changes something. */
export interface World {
  readonly store: Store;
  readonly parameters: Parameters;
  readonly edge: Edge & { current: TruststoreLocation | undefined };
  readonly objects: Map<string, { body: Uint8Array; version: string }[]>;
  readonly values: Map<ParameterName, string>;
  readonly said: string[];
  tick: (operation: string, when: 'before' | 'after') => void | Promise<void>;
  clock: number;
}

export const signer = ed25519Signer();
export const front = 'orders-3f9c';
const noon = Date.UTC(2026, 5, 1, 12);

export function openWorld(): World {
  const objects: World['objects'] = new Map();
  const values: World['values'] = new Map();
  let versions = 0;
  const etagOf = (body: Uint8Array) => createHash('md5').update(body).digest('hex');
  const world: World = {
    objects,
    values,
    said: [],
    clock: noon,
    tick: () => {},
    store: {
      async get(key, options = {}) {
        const all = objects.get(key) ?? [];
        const found =
          options.version === undefined ? all.at(-1) : all.find(({ version }) => version === options.version);
        if (found === undefined) return undefined;
        const etag = etagOf(found.body);
        return options.ifNoneMatch === etag ? 'not-modified' : { ...found, etag };
      },
      async put(key, body, condition) {
        await world.tick(`put ${key}`, 'before');
        const all = objects.get(key) ?? [];
        const current = all.at(-1);
        const holds =
          'ifNoneMatch' in condition
            ? current === undefined
            : current !== undefined && etagOf(current.body) === condition.ifMatch;
        if (!holds) return 'lost';
        versions += 1;
        objects.set(key, [...all, { body, version: `v${versions}` }]);
        await world.tick(`put ${key}`, 'after');
        return { etag: etagOf(body), version: `v${versions}` };
      },
      async list(prefix, after = '') {
        return [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      },
      async versions(key) {
        return (objects.get(key) ?? []).map(({ version }) => ({ version, modifiedAt: 0 })).reverse();
      },
      uriOf: (key) => `s3://front-bucket/${key}`,
    },
    parameters: {
      async get(wanted) {
        return new Map(wanted.flatMap((name) => (values.has(name) ? [[name, values.get(name) ?? ''] as const] : [])));
      },
      async put(name, value) {
        await world.tick(`parameter ${name}`, 'before');
        values.set(name, value);
        await world.tick(`parameter ${name}`, 'after');
      },
      async create(name, value) {
        await world.tick(`parameter ${name}`, 'before');
        if (values.has(name)) return false;
        values.set(name, value);
        await world.tick(`parameter ${name}`, 'after');
        return true;
      },
    },
    edge: {
      current: undefined,
      async read() {
        return { truststore: world.edge.current, status: 'available', warnings: [] };
      },
      async update(truststore) {
        await world.tick('edge', 'before');
        world.edge.current = truststore;
        await world.tick('edge', 'after');
        return { truststore, status: 'available', warnings: [] };
      },
    },
  };
  return world;
}

export function meansOf(world: World): PublishMeans & FloorMeans {
  return {
    store: world.store,
    parameters: world.parameters,
    edge: world.edge,
    signer,
    keys: [signer.pinned],
    blockKeys: [signer.pinned],
    revocationKeys: [signer.pinned],
    front,
    now: () => world.clock,
    wait: async (milliseconds) => {
      world.clock += milliseconds;
    },
    say: (line) => world.said.push(line),
  };
}

export function requestOf(clients: readonly ClientSpec[], more: Partial<PublishRequest> = {}): PublishRequest {
  return {
    source: sourceOf(clients),
    deployed: 'not-checked',
    isAncestor: 'not-checked',
    by: 'alice',
    commit: '0123abc',
    reason: 'because',
    ...more,
  };
}
