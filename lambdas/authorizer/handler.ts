import { randomBytes } from 'node:crypto';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, Handler } from 'aws-lambda';
import { failureLineOf } from '../../src/authorize/decision-log.ts';
import { openBindingKeys } from '../../src/aws/binding-keys.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { readSettings } from '../../src/core/settings.ts';
import { createAuthorizer } from './authorize.ts';
import { openReleaseSource } from './release-source.ts';

const settings = readSettings(process.env, [
  'release',
  'pointerKey',
  'blocksKey',
  'revocationsKey',
  'maximumAgeSeconds',
  'bindingKeys',
  'stage',
  'domain',
  'bindExtendedRequestId',
  'keepRefusals',
]);
// Not console.log: the runtime would put a prefix in front, and a line would no longer be one JSON object.
const log = (line: string) => void process.stdout.write(`${line}\n`);
const failed = (error: unknown) => log(failureLineOf(error, Date.now()));
const bindingKeys = openBindingKeys(settings.bindingKeys, 'sign', process.env, failed);
const release = openReleaseSource(settings, process.env, failed);
const signing = ([key]: readonly Uint8Array[]) => key ?? new Uint8Array(0);

const authorizer = createAuthorizer({
  live: release.live,
  // loaded by the first token that comes
  readToken: async (...token) => (await import('../../src/authorize/token.ts')).readToken(...token),
  macKey() {
    const keys = bindingKeys.keys();
    return keys instanceof Promise ? keys.then(signing) : signing(keys);
  },
  stage: settings.stage,
  domain: settings.domain,
  bindsExtendedRequestId: settings.bindExtendedRequestId === 'on',
  identities: new IdentityCache(),
  now: Date.now,
  random: randomBytes,
  log,
  logRefusal: settings.keepRefusals === 'on' ? log : undefined,
});

// Begun while Lambda starts the function, when it has more of a processor. Nobody waits here, and whatever fails is read
// again by the first request, which writes down why; a read that was frozen on its way is not waited for, either.
void Promise.allSettled([release.live(), bindingKeys.keys()]);

/** Lambda takes a promise or calls back: so it is one, although nearly every answer is there at once. */
export const handler: Handler<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult> = async (event) => {
  try {
    return await authorizer(event);
  } finally {
    // What was read meanwhile may not survive the freeze that follows the answer.
    await release.settle();
  }
};
