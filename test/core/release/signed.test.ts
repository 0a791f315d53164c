import fc from 'fast-check';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { type OverlayDocument, openOverlay, writeOverlay } from '../../../src/core/release/overlay-document.ts';
import { openPointer, type Pointer, refuseReplay, writePointer } from '../../../src/core/release/pointer.ts';
import { keyIdOf, openDocument, parsePinnedKey, signDocument } from '../../../src/core/release/signed.ts';
import { codesOf, ed25519Signer, p256Signer } from './fixture.ts';

const front = 'orders-3f9c';
const publisher = p256Signer();
const jobs = p256Signer();
const keys = [publisher.pinned];
const pointer: Pointer = {
  format: 1,
  front,
  sequence: 7,
  release: 'a'.repeat(64),
  truststore: { key: `truststore/${'a'.repeat(64)}.pem`, version: '3HL4kqtJlcpXroDTDmjVBH40Nrjfkd' },
  issuedAt: '2026-06-01T12:00:00.000Z',
  parent: 'b'.repeat(64),
  publication: 4,
};
const overlay: OverlayDocument<'blocks'> = {
  format: 1,
  front,
  issuedAt: '2026-06-01T12:00:00.000Z',
  entries: [
    {
      id: 'abcd2345',
      target: 'acme',
      denies: [{ client: 'acme' }],
      reason: 'contract ended',
      by: 'alice',
      at: '2026-06-01T12:00:00.000Z',
    },
  ],
};
const text = (value: unknown) => new TextEncoder().encode(canonicalJson(value));
const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;

describe.each([
  ['ECDSA P-256, as KMS signs', publisher],
  ['Ed25519, as a file signs', ed25519Signer()],
])('a pointer signed with %s', (_, signer) => {
  test('is what was signed', async () => {
    expect(openPointer(await writePointer(pointer, signer), [signer.pinned], front)).toEqual(pointer);
    const first = { ...pointer, sequence: 1, parent: null };
    expect(openPointer(await writePointer(first, signer), [signer.pinned], front)).toEqual(first);
  });

  test('no flipped bit, no cut and no addition gets through', async () => {
    const bytes = await writePointer(pointer, signer);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (index, flip) => {
        const changed = Uint8Array.from(bytes, (byte, position) => (position === index ? byte ^ flip : byte));
        const codes = await codesOf(() => openPointer(changed, [signer.pinned], front));
        expect(['document_damaged', 'signature_invalid', 'signature_unknown_key']).toContain((codes as string[])[0]);
      }),
      { numRuns: 400 },
    );
    for (const changed of [bytes.slice(0, -1), Uint8Array.from([...bytes, 10]), new Uint8Array(0)])
      expect(await codesOf(() => openPointer(changed, [signer.pinned], front))).toEqual(['document_damaged']);
  });
});

test('unsigned, signed with a key of our own, or with one that is pinned for something else: refused', async () => {
  expect(await codesOf(() => openPointer(text(pointer), keys, front))).toEqual(['document_damaged']);
  const foreign = await writePointer(pointer, jobs);
  expect(await codesOf(() => openPointer(foreign, keys, front))).toEqual(['signature_unknown_key']);
  // The attacker names the pinned key, but cannot sign with it.
  const forged = text({ ...parsed(foreign), key: publisher.pinned.id });
  expect(await codesOf(() => openPointer(forged, keys, front))).toEqual(['signature_invalid']);
  const unsigned = text({ ...parsed(foreign), key: publisher.pinned.id, signature: '' });
  expect(await codesOf(() => openPointer(unsigned, keys, front))).toEqual(['signature_invalid']);
});

test('a document of one kind is no document of another, although the key is trusted for both', async () => {
  const blocks = await writeOverlay('blocks', overlay, publisher);
  expect(await codesOf(() => openPointer(blocks, keys, front))).toEqual(['signature_invalid']);
  expect(await codesOf(() => openOverlay('lifts', blocks, keys, front))).toEqual(['signature_invalid']);
});

test("another front's pointer is refused, although the same key signed it", async () => {
  const other = await writePointer({ ...pointer, front: 'invoices-81aa' }, publisher);
  expect(await codesOf(() => openPointer(other, keys, front))).toEqual(['other_front']);
});

test('an unknown format is refused before anything else of it is read', async () => {
  const newer = await signDocument('pointer', { format: 2, everything: 'else' }, publisher);
  expect(await codesOf(() => openPointer(newer, keys, front))).toEqual(['format_unknown']);
});

test.each<[string, object]>([
  ['sequence', { sequence: 0 }],
  ['sequence', { sequence: 1.5 }],
  ['sequence', { sequence: '7' }],
  ['release', { release: 'A'.repeat(64) }],
  ['issuedAt', { issuedAt: '2026-06-01' }],
  ['issuedAt', { issuedAt: '2026-13-01T12:00:00.000Z' }],
  ['key', { truststore: { key: 'releases/x', version: '1' } }],
  ['version', { truststore: { ...pointer.truststore, version: 'a b' } }],
  ['truststore', { truststore: null }],
  ['parent', { parent: '' }],
  ['member', { allow: ['acme'] }],
])('a signed pointer with a wrong %s is refused: %j', async (_, change) => {
  const bytes = await signDocument('pointer', { ...pointer, ...change }, publisher);
  expect(await codesOf(() => openPointer(bytes, keys, front))).toEqual(['document_damaged']);
});

test('signed but not canonical: refused, because one value has one text', async () => {
  const loose = Buffer.from(JSON.stringify(pointer, undefined, 1));
  const signature = Buffer.from(
    await publisher.sign(Buffer.concat([Buffer.from('sallyport signed document 1\0pointer\0'), loose])),
  ).toString('base64');
  const bytes = text({ key: publisher.pinned.id, payload: loose.toString('base64'), signature });
  expect(openDocument('pointer', bytes, keys)).toEqual(new Uint8Array(loose));
  expect(await codesOf(() => openPointer(bytes, keys, front))).toEqual(['document_damaged']);
});

describe('replays', () => {
  const document = (sequence: number, content = 'x') => ({ name: 'the pointer', sequence, content });
  test.each([
    ['a lower sequence than was seen', document(6), { floor: 0, seen: document(7) }, ['sequence_replayed']],
    ['the same sequence with other content', document(7, 'y'), { floor: 0, seen: document(7) }, ['sequence_replayed']],
    ['below the floor', document(6), { floor: 7 }, ['sequence_below_floor']],
    ['the same again', document(7), { floor: 7, seen: document(7) }, { gave: undefined }],
    ['a higher one', document(8), { floor: 7, seen: document(7) }, { gave: undefined }],
    ['a first one at its floor', document(7), { floor: 7 }, { gave: undefined }],
  ])('%s', async (_, found, known, expected) => {
    expect(await codesOf(() => refuseReplay(found, known))).toEqual(expected);
  });
});

test('any bytes are a typed refusal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      async (bytes) => {
        expect(await codesOf(() => openPointer(bytes, keys, front))).toEqual(['document_damaged']);
        expect(await codesOf(() => openOverlay('blocks', bytes, keys, front))).toEqual(['document_damaged']);
      },
    ),
  );
});

test('only keys that can sign releases are pinned', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const spki = (pair: { publicKey: import('node:crypto').KeyObject }) =>
    pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  for (const pair of [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ])
    expect(await codesOf(() => parsePinnedKey(spki(pair)))).toEqual(['key_not_usable']);
  expect(await codesOf(() => parsePinnedKey('none'))).toEqual(['key_not_usable']);
  expect(parsePinnedKey(Buffer.from(publisher.spki).toString('base64')).id).toBe(keyIdOf(publisher.spki));
});
