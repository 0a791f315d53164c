import { decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import type { RegistryDocument, RequirementDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { smallestChange } from '../../../src/core/why/smallest-change.ts';
import { objectIdentifier, sequence, text } from '../../../src/core/x509/write-der.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import { during } from '../../pki.ts';
import { acme, acmeIssuing, client, documentWith, orders, requiring, subjectOf } from '../decide/fixture.ts';

const office = { addresses: ['203.0.113.0/24'] };
const away = '198.51.100.9';
const payments = acmeIssuing.issue({
  subject: { CN: 'orders-client', O: 'Acme' },
  extra: [
    extension.raw(
      '1.3.6.1.5.5.7.1.3',
      sequence(
        sequence(
          objectIdentifier('0.4.0.19495.2'),
          sequence(
            sequence(sequence(objectIdentifier('0.4.0.19495.1.2'), text(0x0c, 'PSP_AI'))),
            text(0x0c, 'DNB'),
            text(0x0c, 'NL-DNB'),
          ),
        ),
      ),
    ),
  ],
}).der;

const changeOf = (document: RegistryDocument, { certificate = orders.der, address = away } = {}) => {
  const input = {
    certificate,
    request: { method: 'GET', path: '/orders/1', address },
    overlay: emptyOverlay,
    now: during,
  };
  const edits = smallestChange({ ...input, document });
  if (edits === undefined) return undefined;
  const after = edits.reduce((changed, edit) => edit.apply(changed), document);
  expect(decide({ ...input, registry: loadRegistry(after) }).outcome).toBe('allow');
  return edits.map(({ text, at, weakens, change }) => ({ text, at, weakens, change }));
};
const withRequire = (require: readonly RequirementDocument[]) => documentWith([{ ...acme, require }]);

test('an address, where addresses are asked for: at that condition, not at the client', () => {
  expect(changeOf(withRequire(requiring([{ psd2Role: 'PSP_AI' }, office])))).toEqual([
    {
      text: 'add 198.51.100.9/32 to the addresses of the condition',
      at: { file: 'truststore/clients/acme.yaml', line: 20 },
      weakens: undefined,
      change: { condition: { line: 20, column: 1 }, address: '198.51.100.9/32' },
    },
  ]);
});

test('a role that the certificate has, by its OID and not by the text beside it', () => {
  expect(changeOf(withRequire(requiring([{ psd2Role: 'PSP_AI' }])), { certificate: payments })).toMatchObject([
    { text: 'let PSP_PI do for the condition', change: { or: '{ psd2Role: PSP_PI }' } },
  ]);
  expect(changeOf(withRequire(requiring([{ psd2Role: 'PSP_AI' }])))).toBeUndefined();
});

test('one condition after the other', () => {
  const both = withRequire(requiring([office], [{ psd2Role: 'PSP_AI' }]));
  expect(changeOf(both, { certificate: payments })?.map(({ text }) => text)).toEqual([
    'add 198.51.100.9/32 to the addresses of the condition',
    'let PSP_PI do for the condition',
  ]);
});

test('what others are asked, too, is said', () => {
  const [shared] = requiring([office]);
  if (shared === undefined) throw new Error('one condition');
  const require = [{ ...shared, at: { file: 'truststore/groups/readers.yaml', line: 3 } }];
  const other = client('globex', [subjectOf(acmeIssuing.issue({ subject: { CN: 'globex' } }), 'acme-ca')]);
  const group = documentWith([
    { ...acme, require },
    { ...other, require },
  ]);
  expect(changeOf(group)?.[0]?.weakens).toBe('it is asked of 2 clients: acme, globex');
  const route = documentWith([acme], { routes: [{ match: 'ANY /orders/**', require }] });
  expect(changeOf(route)?.[0]?.weakens).toBe('it is asked of every client on the route ANY /orders/**');
});

test('a key or a token is the caller’s to bring', () => {
  expect(changeOf(withRequire(requiring([{ keySha256: 'ab'.repeat(32) }])))).toBeUndefined();
  expect(changeOf(withRequire(requiring([{ token: { issuer: 'login', scopes: [] } }])))).toBeUndefined();
});
