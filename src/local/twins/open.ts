import { join } from 'node:path';
import type { FrontConfig } from '../../config/front.ts';
import { STATE_FOLDER } from '../state-folder.ts';
import { openTwinStore } from './store.ts';
import { type Twins, twinFront } from './twins.ts';

/** The twins of a front from (and into) its `.sallyport/`. */
export function openTwins(config: FrontConfig, frontFolder: string, now: () => number): Promise<Twins> {
  return twinFront(config, { store: openTwinStore(join(frontFolder, STATE_FOLDER)), now });
}
