import { readFront } from '../../config/folder.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { frontRefused } from '../terminal/files.ts';

/** The registry of a front that compiles, or that lacks nothing but its first client. */
export function registryOf(folder: string): Registry {
  const { config, empty, problems } = readFront(folder);
  if (config !== undefined) return loadRegistry(config.registry);
  return loadRegistry(empty ?? frontRefused(folder, problems));
}
