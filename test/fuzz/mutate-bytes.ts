import type { Random } from './random.ts';

const telling = [0, 1, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xff, 0x30, 0x31, 0xa0, 0xa3, 0x0a, 0x20, 0x5c];

/** One to eight changes that know nothing of what the bytes mean. */
export function mutateBytes(random: Random, sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(sample);
  for (let changes = 1 + random.int(random.chance(4) ? 8 : 2); changes > 0; changes -= 1) {
    bytes = changeOnce(random, bytes, others);
  }
  return bytes;
}

function changeOnce(random: Random, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.int(bytes.length + 1);
  const until = Math.min(bytes.length, at + 1 + random.int(random.chance(8) ? 400 : 8));
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(until);
  switch (random.int(7)) {
    case 0:
    case 1: {
      const changed = Uint8Array.from(bytes);
      if (changed.length > 0) changed[at % changed.length] = random.chance(2) ? random.pick(telling) : random.int(256);
      return changed;
    }
    case 2: {
      const changed = Uint8Array.from(bytes);
      const index = at % Math.max(1, changed.length);
      if (changed.length > 0) changed[index] = (changed[index] ?? 0) ^ (1 << random.int(8));
      return changed;
    }
    case 3:
      return Buffer.concat([head, tail]);
    case 4:
      return Buffer.concat([head, random.bytes(1 + random.int(12)), bytes.subarray(at)]);
    case 5: {
      const piece = bytes.subarray(at, until);
      const times = random.chance(20) ? 1 + random.int(400) : 1;
      return Buffer.concat([head, ...Array.from({ length: times + 1 }, () => piece), tail]);
    }
    default: {
      const other = random.pick(others);
      const from = random.int(other.length + 1);
      return Buffer.concat([head, other.subarray(from, from + random.int(64)), tail]);
    }
  }
}
