import { setTimeout as wait } from 'node:timers/promises';
import { bindingKeySeconds, minimumKeyBytes } from '../core/binding.ts';
import type { BindingKeySource } from '../core/settings.ts';
import { type AwsReader, openRuntimeReader } from './read.ts';

export type Keys = readonly Uint8Array[];

/** The keys of the MAC between the two functions, as a process has them that may be frozen between two calls. */
export interface BindingKeys {
  /** The signing one first. Read again when they are older than `bindingKeySeconds`; at once while they are not. */
  keys(): Keys | Promise<Keys>;
  /**
   * For a MAC that none of `used` has made: newer keys, if there are any. Reads once in 30 s, whoever asks how often;
   * those who ask meanwhile wait for the same read.
   */
  again(used: Keys): Promise<Keys | undefined>;
}

/** A stage of the secret in Secrets Manager. */
export type KeyStage = 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING';
/** What signs needs the current key; what verifies, that before it and the next one too (docs/decisions/binding-keys.md). */
const stagesOf = { sign: ['AWSCURRENT'], verify: ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING'] } as const;

export interface BindingKeyMeans {
  /** The value of a stage; undefined when no version has it. */
  read(stage: KeyStage): Promise<string | undefined>;
  /** Epoch ms. */
  now(): number;
  wait(milliseconds: number): Promise<unknown>;
  /** A read that failed while the keys that are known go on. */
  failed(error: unknown): void;
}

/** Somebody waits for an answer meanwhile; the keys that are known are good for a while longer. */
const patienceMilliseconds = 2_000;
const againMilliseconds = 30_000;

export function openBindingKeys(
  source: BindingKeySource,
  use: 'sign' | 'verify',
  environment: Readonly<Record<string, string | undefined>>,
  failed: (error: unknown) => void,
): BindingKeys {
  if (source.kind === 'keys') return { keys: () => source.keys, again: async () => undefined };
  const { id } = source;
  let reader: AwsReader | undefined;
  const read = (stage: KeyStage) => {
    reader ??= openRuntimeReader(environment);
    return reader.secret(id, stage);
  };
  return keepBindingKeys(use, { read, now: Date.now, wait: (ms) => wait(ms, undefined, { ref: false }), failed });
}

export function keepBindingKeys(use: 'sign' | 'verify', means: BindingKeyMeans): BindingKeys {
  let known: Keys | undefined;
  let readAt = Number.NaN;
  let triedAt = Number.NaN;
  let askedAt = Number.NaN;
  let reading: Promise<Keys> | undefined;

  /** A clock that went back makes everything old. */
  const isWithin = (since: number, milliseconds: number) => {
    const age = means.now() - since;
    return age >= 0 && age <= milliseconds;
  };

  function read(): Promise<Keys> {
    // One from before a freeze answers with what was true then, if at all.
    if (reading !== undefined && isWithin(triedAt, patienceMilliseconds)) return reading;
    const sentAt = means.now();
    triedAt = sentAt;
    const started: Promise<Keys> = readKeys(use, means)
      .then((keys) => {
        if (known !== undefined && readAt > sentAt) return known;
        // The same objects while nothing has changed: what is made from a key is kept by it.
        if (known === undefined || !isSame(keys, known)) known = keys;
        readAt = sentAt;
        return known;
      })
      .finally(() => {
        if (reading === started) reading = undefined;
      });
    reading = started;
    return started;
  }

  return {
    keys() {
      const before = known;
      if (before === undefined) return read();
      // One that failed a moment ago is not tried with each request.
      if (isWithin(readAt, bindingKeySeconds * 1000)) return before;
      if (reading === undefined && isWithin(triedAt, againMilliseconds)) return before;
      const fresh = read().catch((error: unknown) => {
        means.failed(error);
        return before;
      });
      return Promise.race([fresh, means.wait(patienceMilliseconds).then(() => known ?? before)]);
    },
    async again(used) {
      if (known !== undefined && known !== used) return known;
      if (reading === undefined && isWithin(askedAt, againMilliseconds)) return undefined;
      askedAt = means.now();
      try {
        const keys = await read();
        return keys === used ? undefined : keys;
      } catch (error) {
        means.failed(error);
        return undefined;
      }
    },
  };
}

async function readKeys(use: 'sign' | 'verify', means: BindingKeyMeans): Promise<Keys> {
  const texts = await Promise.all(stagesOf[use].map((stage) => means.read(stage)));
  if (texts[0] === undefined) throw new Error('the secret of the binding key has no value');
  const keys = [...new Set(texts.filter((text) => text !== undefined))].map(
    (text) => new Uint8Array(Buffer.from(text)),
  );
  if (keys.some((key) => key.length < minimumKeyBytes))
    throw new Error(`the secret of the binding key is shorter than ${minimumKeyBytes} bytes`);
  return keys;
}

const isSame = (a: Keys, b: Keys) =>
  a.length === b.length && a.every((key, at) => Buffer.compare(key, b[at] ?? new Uint8Array(0)) === 0);
