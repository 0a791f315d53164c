import type { Parameters } from '../core/release/parameters.ts';
import type { Store } from '../core/release/store.ts';
import { openDirectoryParameters } from './parameters.ts';
import { openDirectoryStore } from './store.ts';

/** Both places on a folder that a release is read from. */
export function openReleaseFolder(folder: string): { readonly store: Store; readonly parameters: Parameters } {
  return { store: openDirectoryStore(folder), parameters: openDirectoryParameters(folder) };
}
