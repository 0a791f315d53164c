import { setTimeout as wait } from 'node:timers/promises';
import type { Credentials } from '../../../src/aws/sign-v4.ts';
import { expect, expectEqual } from '../steps.ts';
import { callFront, callUntil } from '../world/calls.ts';
import type { Partner } from '../world/front.ts';
import type { World } from '../world/world.ts';

/** The promise of `sallyport block`, from its end to the last request that is accepted. */
const promisedMilliseconds = 15_000;
const rounds = 3;

/** Two duties, two roles: who blocks cannot lift, who lifts cannot block; a partner is out within 15 s, and in again. */
export async function blocks(world: World, partner: Partner, blocker: Credentials, lifter: Credentials): Promise<void> {
  const { steps, operator, guest: front, edge } = world;
  const asked = () => callFront(edge, front, partner, '/orders/7');

  await steps.step(`sallyport block by a role with grantBlock only: refused within 15 s, ${rounds} times`, async () => {
    for (let round = 1; round <= rounds; round += 1) {
      expectEqual((await callUntil(200, asked)).status, 200, 'served before the block');
      const calls = keepCalling(asked);
      const done = await operator.sallyport(
        front,
        ['--json', 'block', partner.name, '--reason', `round ${round}`],
        blocker,
      );
      const endedAt = Date.now();
      expect(done.status === 0, 'sallyport block succeeds', done.all);
      const { block } = JSON.parse(done.stdout) as { block: { id: string; at: string } };
      await calls.quiet(endedAt + promisedMilliseconds);
      const { lastAccepted, refusals } = await calls.end();
      const late = (lastAccepted - endedAt) / 1000;
      expect(late <= promisedMilliseconds / 1000, 'no request is accepted 15 s after the command', `${late} s`);
      expect(refusals > 0 && calls.others.length === 0, 'refused with 403, and nothing else', calls.others);
      const since = (lastAccepted - Date.parse(block.at)) / 1000;
      steps.note(
        `block ${round} → last accepted request: ${since.toFixed(1)} s (${late.toFixed(1)} s after the command)`,
      );

      const denied = await operator.sallyport(front, ['unblock', block.id, '--reason', 'not theirs to say'], blocker);
      expect(denied.status === 3 && isDenied(denied.all), 'the role that blocks cannot lift', denied);
      const lifted = await operator.sallyport(front, ['unblock', block.id, '--reason', 'drill over'], lifter);
      expect(lifted.status === 0, 'sallyport unblock by a role with grantUnblock only succeeds', lifted.all);
    }
    expectEqual((await callUntil(200, asked)).status, 200, 'served again within 15 s');
    const denied = await operator.sallyport(front, ['block', partner.name, '--reason', 'not theirs to say'], lifter);
    expect(denied.status === 3 && isDenied(denied.all), 'the role that lifts cannot block', denied);
    expectEqual((await asked()).status, 200, 'still served');
  });
}

const isDenied = (text: string): boolean => /not authorized|AccessDenied/.test(text);

/** A call every tenth of a second, none waiting for another: a slow answer hides no later one. */
function keepCalling(call: () => Promise<{ readonly status: number }>) {
  let lastAccepted = Number.NEGATIVE_INFINITY;
  let lastRefused = Number.NEGATIVE_INFINITY;
  let refusals = 0;
  let ended = false;
  const others: number[] = [];
  async function caller(): Promise<void> {
    while (!ended) {
      const sentAt = Date.now();
      const { status } = await call();
      // When it was sent: what is answered later was still decided after that.
      if (status === 200) lastAccepted = Math.max(lastAccepted, sentAt);
      else if (status === 403) {
        refusals += 1;
        lastRefused = sentAt;
      } else others.push(status);
      await wait(100);
    }
  }
  const callers = Promise.all([caller(), caller()]);
  return {
    others,
    /** Until it has been refusing for two seconds without an exception, or that moment has come. */
    async quiet(until: number): Promise<void> {
      while (Date.now() < until && !(refusals > 0 && lastRefused - lastAccepted > 2_000)) await wait(100);
    },
    async end() {
      ended = true;
      await callers;
      return { lastAccepted, refusals };
    },
  };
}
