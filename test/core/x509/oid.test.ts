import fc from 'fast-check';
import { DerCursor } from '../../../src/core/x509/der.ts';
import { oid, readOid } from '../../../src/core/x509/oid.ts';
import { objectIdentifier } from '../../../src/core/x509/write-der.ts';

const read = (der: Uint8Array) => readOid(new DerCursor(der, 'der_malformed'), 'an OID');

test.each(Object.entries(oid))('%s is read as what it is', (_, dotted) => {
  expect(read(objectIdentifier(dotted))).toBe(dotted);
});

test('any other OID is read as what it is', () => {
  const arc = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 31 }));
  fc.assert(
    fc.property(fc.array(arc, { maxLength: 6 }), (arcs) => {
      for (const root of ['1.2', '2.5', '2.5.4', '2.5.29', '1.2.840.113549.1']) {
        const dotted = [root, ...arcs].join('.');
        expect(read(objectIdentifier(dotted))).toBe(dotted);
      }
    }),
  );
});
