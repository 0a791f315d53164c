import { createHash } from 'node:crypto';
import { createAuthorizer } from '../../../lambdas/authorizer/authorize.ts';
import { bytesOf, readProxyEvent } from '../../../lambdas/forwarder/events.ts';
import { IdentityCache } from '../../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { ForwardError } from '../../../src/forward/failure.ts';
import { acme, orders, registryWith } from '../../core/decide/fixture.ts';
import { valueOrProblem } from '../../core/x509/problems.ts';
import { http1Event, http2Event, restEvent } from '../../lambdas/authorizer/example-events.ts';
import { restEvent as proxyEvent } from '../../lambdas/forwarder/fixture.ts';
import { during } from '../../pki.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

type Json = Parameters<typeof mutateJson>[1];
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const encoded = (value: Json) => new TextEncoder().encode(JSON.stringify(value));
/** A Lambda is never invoked with more than 6 MB. */
const maxEventBytes = 6 * 1024 * 1024;
function mutated(random: Random, samples: readonly Json[]): Uint8Array {
  const input = encoded(mutateJson(random, random.pick(samples)));
  return input.length > maxEventBytes ? mutated(random, samples) : input;
}
const decoded = (input: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(input));

const parts = { certificatePem: orders.pem };
const events = [restEvent(parts), http1Event(parts), http2Event(parts), restEvent()].map(plain);
const registry = registryWith([acme]);
const lines: string[] = [];
const authorizer = createAuthorizer({
  live: () => ({ registry, overlay: emptyOverlay }),
  macKey: () => Buffer.alloc(32, 1),
  stage: 'live',
  domain: 'api.example.com',
  bindsExtendedRequestId: true,
  identities: new IdentityCache(),
  now: () => during,
  random: (bytes) => createHash('shake256', { outputLength: bytes }).update('fuzz').digest(),
  log: (line) => lines.push(line),
});

/** The whole authorizer: it decides, or says which problem the event has; `unexpected` is a defect. */
export const authorizerTarget: Target = {
  name: 'authorizer-event',
  next: (random) => mutated(random, events),
  async run(input) {
    lines.length = 0;
    try {
      await authorizer(decoded(input));
    } catch (error) {
      const line = lines.at(-1) ?? '';
      if (!(error instanceof Error) || error.message !== 'cannot decide') throw error;
      // another stage than the front's is a door that should not be there: told as a defect, on purpose
      if (line.includes('"unexpected"') && !line.includes('this function decides for')) throw new Error(line);
    }
    for (const line of lines) if (/[^ -~]/.test(line)) throw new Error(`a log line that is not ASCII: ${line}`);
  },
};

const proxied = [proxyEvent(), plain(http2Event(parts))].map(plain);

export const forwarderTarget: Target = {
  name: 'forwarder-event',
  next: (random) => mutated(random, proxied),
  run(input) {
    const read = valueOrProblem(() => readProxyEvent(decoded(input)));
    try {
      if (read?.body !== undefined) bytesOf(read.body);
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error;
    }
  },
};
