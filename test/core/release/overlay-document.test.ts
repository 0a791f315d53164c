import fc from 'fast-check';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import type { Block, Denial } from '../../../src/core/decide/block.ts';
import { addressBlock, certificateBlock, clientBlock } from '../../../src/core/decide/overlay.ts';
import {
  adds,
  type Lift,
  type OverlayDocument,
  openOverlay,
  overlayFrom,
  writeOverlay,
} from '../../../src/core/release/overlay-document.ts';
import { signDocument } from '../../../src/core/release/signed.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { during } from '../../pki.ts';
import { orders, sha256 } from '../decide/fixture.ts';
import { codesOf, p256Signer } from './fixture.ts';

const front = 'orders-3f9c';
const people = p256Signer();
const publisher = p256Signer();
const keys = [people.pinned];
const at = '2026-06-01T12:00:00.000Z';
const block = (id: string, ...denies: readonly Denial[]): Block => ({
  id,
  target: 'what was typed',
  denies,
  reason: 'key lost',
  by: 'arn:aws:iam::222222222222:user/alice',
  at,
});
const lift = (of: string): Lift => ({ block: of, reason: 'found again', by: 'bob', at });
const blocks = (...entries: readonly Block[]): OverlayDocument<'blocks'> => ({
  format: 1,
  front,
  issuedAt: at,
  entries,
});
const lifts = (...entries: readonly Lift[]): OverlayDocument<'lifts'> => ({ format: 1, front, issuedAt: at, entries });
const acme = block('aaaa2222', { client: 'acme' });
const key = block('bbbb3333', { certificate: 'c'.repeat(64) }, { key: 'd'.repeat(64) });

test('what was signed is read, and what is lifted does not count', async () => {
  const read = openOverlay('blocks', await writeOverlay('blocks', blocks(acme, key), people), keys, front);
  expect(read).toEqual(blocks(acme, key));
  const lifted = openOverlay('lifts', await writeOverlay('lifts', lifts(lift('aaaa2222')), people), keys, front);
  expect(clientBlock(overlayFrom(read, undefined), 'acme', during)).toBe('key lost');
  expect(clientBlock(overlayFrom(read, lifted), 'acme', during)).toBeUndefined();
  expect(overlayFrom(read, lifted).keys.size).toBe(1);
  expect(overlayFrom(undefined, lifted).size).toBe(0);
});

test('each state of both documents has an id of its own', () => {
  // by a sum, one block and two lifts were two blocks and one lift
  const ids = [0, 1, 2].flatMap((a) =>
    [0, 1, 2].map((b) => {
      const some = blocks(...[acme, key].slice(0, a));
      const others = lifts(...[lift('aaaa2222'), lift('bbbb3333')].slice(0, b));
      return overlayFrom(some, others).id;
    }),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test('a document that has lost or changed an entry does not add to the one before', () => {
  expect(adds(blocks(acme), blocks(acme, key))).toBe(true);
  expect(adds(blocks(acme), blocks(acme))).toBe(true);
  expect(adds(blocks(acme, key), blocks(acme))).toBe(false);
  expect(adds(blocks(acme, key), blocks(key, acme))).toBe(false);
  expect(adds(blocks(acme), blocks({ ...acme, until: at }, key))).toBe(false);
});

test('the sequence is the number of entries: none can go without the number saying so', async () => {
  const bytes = await signDocument('overlay/blocks', { ...blocks(acme), sequence: 2 }, people);
  expect(await codesOf(() => openOverlay('blocks', bytes, keys, front))).toEqual(['document_damaged']);
});

test('the time of a block ends, and with it its effect', () => {
  const until = { ...acme, until: new Date(during + 1000).toISOString() };
  const overlay = overlayFrom(blocks(until), undefined);
  expect(clientBlock(overlay, 'acme', during)).toBe('key lost');
  expect(clientBlock(overlay, 'acme', during + 1000)).toBeUndefined();
  // another block of the same client has its own time
  expect(clientBlock(overlayFrom(blocks(until, { ...acme, id: 'cccc4444' }), undefined), 'acme', during + 1000)).toBe(
    'key lost',
  );
});

test.each<[string, object]>([
  ['a member of its own', { allow: 'globex' }],
  ['an exception', { client: 'acme', except: ['GET /x'] }],
  ['a client that is allowed', { client: { allow: true } }],
  ['a client that cannot be one', { client: '*' }],
  ['a fingerprint that is none', { certificate: 'abc' }],
  ['a serial number without its issuer', { serial: '0a' }],
  ['a serial number in another spelling', { serial: '00A', issuer: 'CN' }],
  ['no range', { addresses: 'everywhere' }],
  ['an identity of no kind', { identity: { kind: 'anything' }, issuers: [] }],
  ['nothing', {}],
])('an entry that denies %s is refused with its document', async (_, denial) => {
  const entries = [{ ...acme, denies: [denial] }];
  const bytes = await signDocument('overlay/blocks', { ...blocks(), entries, sequence: 1 }, people);
  expect(await codesOf(() => openOverlay('blocks', bytes, keys, front))).toEqual(['overlay_allows']);
});

test.each<[string, object, string]>([
  ['no entry', { entries: [], sequence: 0 }, 'document_damaged'],
  ['an entry that denies nothing', { entries: [{ ...acme, denies: [] }] }, 'document_damaged'],
  ['a block without a reason', { entries: [{ ...acme, reason: '' }] }, 'document_damaged'],
  ['a member that nobody knows', { entries: [{ ...acme, lifted: true }] }, 'document_damaged'],
  ['another front', { front: 'invoices-81aa' }, 'other_front'],
  ['another format', { format: 9 }, 'format_unknown'],
])('with %s it is refused', async (_, change, code) => {
  const bytes = await signDocument('overlay/blocks', { ...blocks(acme), sequence: 1, ...change }, people);
  expect(await codesOf(() => openOverlay('blocks', bytes, keys, front))).toEqual([code]);
});

test('unsigned, signed by the publisher, or of the other kind: refused', async () => {
  const unsigned = new TextEncoder().encode(canonicalJson({ ...blocks(acme), sequence: 1 }));
  expect(await codesOf(() => openOverlay('blocks', unsigned, keys, front))).toEqual(['document_damaged']);
  const byPublisher = await writeOverlay('blocks', blocks(acme), publisher);
  expect(await codesOf(() => openOverlay('blocks', byPublisher, keys, front))).toEqual(['signature_unknown_key']);
  const lifted = await writeOverlay('lifts', lifts(lift('aaaa2222')), people);
  expect(await codesOf(() => openOverlay('blocks', lifted, keys, front))).toEqual(['signature_invalid']);
});

test('any bytes are a typed refusal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      async (bytes) => {
        expect(await codesOf(() => openOverlay('blocks', bytes, keys, front))).toEqual(['document_damaged']);
      },
    ),
  );
});

describe('a certificate is denied by', () => {
  const leaf = parseCertificate(orders.der);
  const denied = (denial: Denial) =>
    certificateBlock(leaf, overlayFrom(blocks(block('aaaa2222', denial)), undefined), during) !== undefined;
  const identity = { kind: 'subject', authority: 'gone', subject: 'x', subjectKey: leaf.subject.key } as const;

  test.each<[string, Denial, boolean]>([
    ['its fingerprint', { certificate: sha256(orders.der) }, true],
    ['another fingerprint', { certificate: 'a'.repeat(64) }, false],
    ['its key', { key: leaf.spkiSha256 }, true],
    ['another key', { key: 'a'.repeat(64) }, false],
    ['its serial number and issuer', { serial: leaf.serial, issuer: leaf.issuer.key }, true],
    ['its serial number of another issuer', { serial: leaf.serial, issuer: leaf.subject.key }, false],
    ['its issuer, whatever the key of that CA', { ca: leaf.issuer.key }, true],
    ['its subject under its issuer, whatever the authority is called', { identity, issuers: [leaf.issuer.key] }, true],
    ['its subject under another issuer', { identity, issuers: [leaf.subject.key] }, false],
    ['an address', { addresses: '0.0.0.0/0' }, false],
  ])('%s', (_, denial, expected) => {
    expect(denied(denial)).toBe(expected);
  });

  test('an address in the range, in either notation', () => {
    const overlay = overlayFrom(blocks(block('aaaa2222', { addresses: '203.0.113.0/24' })), undefined);
    expect(addressBlock(overlay, '203.0.113.9', during)).toBe('key lost');
    expect(addressBlock(overlay, '198.51.100.9', during)).toBeUndefined();
    expect(addressBlock(overlay, 'nonsense', during)).toBeUndefined();
  });
});
