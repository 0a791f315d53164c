import { minimumKeyBytes } from '../core/binding.ts';
import type { BindingKeySource } from '../core/settings.ts';
import { openRuntimeReader } from './read.ts';

/**
 * The keys of the MAC between the two functions, the signing one first. From Secrets Manager they are read once in a
 * sandbox's life, current and previous together, so that a decision signed before a rotation still opens after it.
 */
export function openBindingKeys(
  source: BindingKeySource,
  environment: Readonly<Record<string, string | undefined>>,
): () => Promise<readonly Uint8Array[]> {
  if (source.kind === 'keys') return async () => source.keys;
  const { id } = source;
  let reading: Promise<readonly Uint8Array[]> | undefined;
  return () => {
    reading ??= readKeys(id, environment).catch((error: unknown) => {
      reading = undefined; // the next invocation tries again
      throw error;
    });
    return reading;
  };
}

async function readKeys(
  id: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Uint8Array[]> {
  const reader = openRuntimeReader(environment);
  const texts = await Promise.all([reader.secret(id), reader.secret(id, 'AWSPREVIOUS')]);
  const keys = texts.filter((text) => text !== undefined).map((text) => new Uint8Array(Buffer.from(text)));
  if (texts[0] === undefined) throw new Error(`the secret ${id} has no value`);
  if (keys.some((key) => key.length < minimumKeyBytes)) {
    throw new Error(`the secret ${id} is shorter than ${minimumKeyBytes} bytes`);
  }
  return keys;
}
