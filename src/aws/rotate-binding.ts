import { bindingKeySeconds } from '../core/binding.ts';

/** The versions of the binding key, by what they are for. */
export interface BindingSecret {
  read(): Promise<BindingVersions>;
  put(value: string, stage: 'AWSCURRENT' | 'AWSPENDING'): Promise<void>;
  /** Lets the current version be the previous one besides: it stays that when another one becomes current. */
  keep(current: string): Promise<void>;
  /** Makes a version the current one; the one before becomes the previous one. */
  promote(version: string, from: string | undefined): Promise<void>;
  /** Takes a stage away: without any a version cannot be read by name of a stage, and counts for nothing. */
  drop(stage: 'AWSPREVIOUS' | 'AWSPENDING', version: string): Promise<void>;
}

export interface BindingVersions {
  readonly current?: string;
  readonly previous?: string;
  /** What verifies takes it already; nobody signs with it yet. */
  readonly pending?: string;
  /** Epoch ms of the last change of any of it. */
  readonly changedAt: number;
}

export interface RotationMeans {
  readonly secret: BindingSecret;
  /** A value that nobody can guess. */
  newKey(): string;
  /** Epoch ms. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  say(line: string): void;
}

/**
 * After that long every function that runs has read its keys again, every authorizer that began before has answered (10 s),
 * what it signed is over (30 s), and Secrets Manager answers everywhere with the change.
 */
const learningSeconds = bindingKeySeconds + 60;

/**
 * A new binding key without a refused request: first those that verify learn it, then those that sign use it, then the old
 * one is retired. What was begun, by whom ever, is finished first: run again, it goes on where it stopped.
 */
export async function rotateBinding(means: RotationMeans): Promise<void> {
  const { secret, say } = means;
  const before = await secret.read();
  if (before.pending === undefined) {
    if (isReplaced(before)) await retire(means, 'an earlier rotation is not done: it comes first');
    await secret.put(means.newKey(), 'AWSPENDING');
    say('1 of 3: there is a new key, with which nobody signs yet');
  } else say('going on with the rotation that was begun');
  await promote(means);
  await retire(means);
}

const isReplaced = ({ previous, current }: BindingVersions) => previous !== undefined && previous !== current;

async function promote(means: RotationMeans): Promise<void> {
  const { secret, say } = means;
  for (;;) {
    const seen = await secret.read();
    const { pending, current, previous } = seen;
    if (pending === undefined || pending === current || current === undefined) break;
    if (isReplaced(seen)) await retire(means, 'somebody has put another key meanwhile: the one before it goes first');
    // Whoever reads in the moment of the change may get each stage from before or after it: both keys are in all of them.
    else if (previous === undefined) await secret.keep(current);
    else {
      await waitForFunctions(means, 'until every forwarder has read the new key');
      // Somebody else may have been as far meanwhile, or have begun with another one.
      const now = await secret.read();
      if (now.pending === pending && now.current === current) await secret.promote(pending, current);
    }
  }
  say('2 of 3: authorizers sign with the new key as soon as they have read it');
}

async function retire(means: RotationMeans, why?: string): Promise<void> {
  const { secret, say } = means;
  if (why !== undefined) say(why);
  await waitForFunctions(means, 'until nobody signs with the old key');
  const { previous, pending, current } = await secret.read();
  if (pending !== undefined && pending === current) await secret.drop('AWSPENDING', pending);
  if (previous !== undefined) await secret.drop('AWSPREVIOUS', previous);
  if (why === undefined) say('3 of 3: the old key is retired');
}

/** By the moment of the last change: what a run before this one has waited for counts. */
async function waitForFunctions({ secret, now, wait, say }: RotationMeans, what: string): Promise<void> {
  for (;;) {
    const left = (await secret.read()).changedAt + learningSeconds * 1000 - now();
    if (left <= 0) return;
    say(`waiting ${Math.ceil(left / 1000)} s ${what}; interrupted, the same command goes on from here`);
    await wait(left);
  }
}

/** The old key may be in somebody's hands: a new one counts at once, and the old one is retired, with what that costs. */
export async function replaceLeakedBinding({ secret, newKey, say }: RotationMeans): Promise<void> {
  const { pending } = await secret.read();
  // As old as the one that leaked, for all we know.
  if (pending !== undefined) await secret.drop('AWSPENDING', pending);
  await secret.put(newKey(), 'AWSCURRENT');
  const { previous } = await secret.read();
  if (previous !== undefined) await secret.drop('AWSPREVIOUS', previous);
  say('a new key counts, and the old one is retired');
  say(
    `cost: for up to ${bindingKeySeconds / 60} minutes, requests are refused (403, binding_invalid) whose authorizer still signs with the old key`,
  );
  say(`for as long, a forwarder that runs may take what is signed with it: invoking one needs lambda:InvokeFunction`);
}
