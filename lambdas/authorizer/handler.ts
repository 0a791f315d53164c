import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { IdentityCache } from '../../core/decide/identities.ts';
import { emptyOverlay } from '../../core/decide/overlay.ts';
import { readSettings } from '../../core/settings.ts';
import { createAuthorizer } from './authorize.ts';
import { openReleaseFile } from './release-source.ts';

const settings = readSettings(process.env, ['release', 'bindingKeys', 'stage', 'bindExtendedRequestId']);
// Not console.log: the runtime would put a prefix in front, and a line would no longer be one JSON object.
const log = (line: string) => void process.stdout.write(`${line}\n`);

export const handler = createAuthorizer({
  registry: openReleaseFile(settings.release.path, readFile),
  overlay: () => emptyOverlay,
  macKey: () => settings.bindingKeys[0] ?? new Uint8Array(0),
  stage: settings.stage,
  bindsExtendedRequestId: settings.bindExtendedRequestId === 'on',
  identities: new IdentityCache(),
  now: Date.now,
  random: randomBytes,
  log,
  logRefusal: log,
});
