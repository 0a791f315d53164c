/** 100 of these 104 bits are kept: enough that nobody guesses the reference of a refusal that is not theirs. */
const referenceBytes = 13;
const referenceLength = 20;
const referencesDrawn = 64;

/** Crockford's alphabet: no i, l, o, u, so that a reference can be read out over the telephone. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The reference of a decision: 20 characters of lower-case Crockford base32 from 13 random bytes. */
export function referenceOf(random: Uint8Array): string {
  if (random.length !== referenceBytes) throw new Error(`A reference is made from ${referenceBytes} random bytes.`);
  let reference = '';
  let bits = 0;
  let width = 0;
  for (const byte of random) {
    bits = ((bits << 8) | byte) & 0xffff;
    width += 8;
    while (width >= 5 && reference.length < referenceLength) {
      width -= 5;
      reference += alphabet[(bits >>> width) & 31];
    }
  }
  return reference;
}

/**
 * References from random bytes that are drawn for many at once: asking for 13 bytes costs eight times what encoding them
 * does. No byte is used twice.
 */
export function drawReferences(random: (bytes: number) => Uint8Array): () => string {
  let drawn = new Uint8Array(0);
  let used = 0;
  return () => {
    if (used === drawn.length) {
      drawn = Uint8Array.from(random(referenceBytes * referencesDrawn));
      used = 0;
    }
    const bytes = drawn.subarray(used, used + referenceBytes);
    used += referenceBytes;
    const reference = referenceOf(bytes);
    bytes.fill(0);
    return reference;
  };
}

/** What a person typed as a reference: any case, with spaces or dashes, i and l for 1, o for 0. Undefined when it is none. */
export function parseReference(text: string): string | undefined {
  const reference = text.replace(/[ -]/g, '').toLowerCase().replace(/[il]/g, '1').replace(/o/g, '0');
  return reference.length === referenceLength && /^[0-9abcdefghjkmnpqrstvwxyz]+$/.test(reference)
    ? reference
    : undefined;
}
