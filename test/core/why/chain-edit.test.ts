import { decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { admits } from '../../../src/core/edge/admits.ts';
import type { RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../../../src/core/registry/load.ts';
import { smallestChange } from '../../../src/core/why/smallest-change.ts';
import { ca, during, type Issued } from '../../pki.ts';
import { acme, acmeRoot, authority, documentWith, globexRoot } from '../decide/fixture.ts';

const subject = { CN: 'orders-client', O: 'Acme' };
const next = acmeRoot.ca({ subject: { CN: 'Acme Issuing 2', O: 'Acme' } });
const leaf = next.issue({ subject });
const document = documentWith([acme]);

function changeOf(presented: readonly Uint8Array[], before: RegistryDocument = document) {
  const [certificate, ...rest] = presented;
  const request = { method: 'GET', path: '/orders/1', address: '203.0.113.7' };
  const input = { certificate, request, overlay: emptyOverlay, now: during };
  const edits = smallestChange({ ...input, document: before, presented: rest });
  if (edits === undefined) return undefined;
  const registry = loadRegistry(edits.reduce((changed, edit) => edit.apply(changed), before));
  expect(decide({ ...input, registry }).outcome).toBe('allow');
  expect(admits(truststoreOf(registry), presented, during).admitted).toBe(true);
  expect(edits.every(({ weakens }) => weakens !== undefined)).toBe(true);
  return edits.map(({ text, at }) => [text, at.file]);
}
const ders = (...issued: readonly Issued[]) => issued.map(({ der }) => der);

test('a new CA below the root that is known, sent along: it, and that it may sign clients', () => {
  expect(changeOf(ders(leaf, next))).toEqual([
    [
      expect.stringMatching(/^authority acme-ca: add the CA that came along, .*Acme Issuing 2/),
      'truststore/authorities/acme-ca.pem',
    ],
    [
      expect.stringMatching(/^authority acme-ca: add .*Acme Issuing 2.* to issuers$/),
      'truststore/authorities/acme-ca.yaml',
    ],
  ]);
});

test('two of them, in any order, beside others', () => {
  const below = next.ca({ subject: { CN: 'Acme Issuing 3', O: 'Acme' } });
  const deep = below.issue({ subject });
  const change = changeOf(ders(deep, globexRoot, next, acmeRoot, below));
  expect(change?.[0]?.[0]).toMatch(/CN=Acme Issuing 3.*; .*CN=Acme Issuing 2/);
});

test.each<[string, () => readonly Uint8Array[]]>([
  ['nothing came along', () => ders(leaf)],
  ['another CA came along', () => ders(leaf, globexRoot)],
  [
    'one with the name, but another key',
    () => ders(leaf, acmeRoot.ca({ subject: { CN: 'Acme Issuing 2', O: 'Acme' } })),
  ],
  [
    'one that the root has not signed',
    () => {
      const forged = ca({ subject: { CN: 'Acme Root', O: 'Acme' } }).ca({
        subject: { CN: 'Acme Issuing 2', O: 'Acme' },
      });
      return ders(forged.issue({ subject }), forged);
    },
  ],
  ['rubbish', () => [leaf.der, Uint8Array.of(1, 2, 3), new Uint8Array()]],
])('%s: no change', (_, presented) => {
  expect(changeOf(presented())).toBeUndefined();
});

test('two authorities have the root: which of them is meant is not ours to guess', () => {
  const both = { ...document, authorities: [...document.authorities, authority('acme-two', [acmeRoot], [acmeRoot])] };
  expect(changeOf(ders(leaf, next), both)).toBeUndefined();
});
