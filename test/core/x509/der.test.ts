import fc from 'fast-check';
import { DerCursor, tag } from '../../../src/core/x509/der.ts';
import { attributeNameOf, attributeTypeOf, readOid } from '../../../src/core/x509/oid.ts';
import {
  bitString,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { problemsOf, valueOrProblem } from './problems.ts';

const cursorOf = (...octets: readonly number[]) => new DerCursor(Uint8Array.from(octets), 'der_malformed');
const refusal = (call: () => unknown) => problemsOf(call)[0]?.message;

describe('elements', () => {
  test.each([
    ['nothing', []],
    ['a tag alone', [0x30]],
    ['a tag of two bytes', [0x1f, 0x81, 0x00]],
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a long length that could be short', [0x04, 0x81, 0x01, 0x00]],
    ['a leading zero in the length', [0x04, 0x82, 0x00, 0x80]],
    ['a length of four bytes', [0x04, 0x84, 0xff, 0xff, 0xff, 0xff]],
    ['a length beyond the end', [0x04, 0x02, 0x00]],
    ['a length cut off', [0x04, 0x82, 0x01]],
  ])('%s is refused', (_, octets) => {
    expect(problemsOf(() => cursorOf(...octets).next())[0]?.code).toBe('der_malformed');
  });
  test('long lengths are read', () => {
    for (const length of [127, 128, 255, 256, 65_535, 65_536]) {
      const cursor = new DerCursor(octetString(new Uint8Array(length)), 'der_malformed');
      expect(cursor.next()).toBe(tag.octetString);
      expect(cursor.stop - cursor.start).toBe(length);
      cursor.finish();
    }
  });
  test('every level is consumed exactly', () => {
    const cursor = new DerCursor(sequence(integer(1), integer(2)), 'der_malformed');
    const outer = cursor.enter(tag.sequence, 'a pair');
    cursor.smallInteger('one', 10);
    expect(refusal(() => cursor.leave(outer))).toContain('data after the last element');
    cursor.smallInteger('two', 10);
    cursor.leave(outer);
    cursor.finish();
    expect(cursor.more).toBe(false);
    expect(cursor.peek()).toBe(-1);
    expect(refusal(() => cursorOf(5, 0, 5, 0).finish())).toContain('data after the end');
  });
  test('nesting has a bound', () => {
    let deep = tlv(0x05);
    for (let level = 0; level < 40; level += 1) deep = sequence(deep);
    expect(refusal(() => new DerCursor(deep, 'der_malformed').skipStrictly())).toContain('nested too deeply');
  });
});

describe('values', () => {
  test('BOOLEAN', () => {
    expect(cursorOf(1, 1, 0xff).boolean('it')).toBe(true);
    expect(cursorOf(1, 1, 0).boolean('it')).toBe(false);
    for (const octets of [
      [1, 1, 1],
      [1, 0],
      [1, 2, 0xff, 0xff],
      [2, 1, 0xff],
    ])
      expect(refusal(() => cursorOf(...octets).boolean('it'))).toContain('it');
  });
  test('INTEGER', () => {
    expect(cursorOf(2, 1, 0x7f).smallInteger('it', 127)).toBe(127);
    expect(cursorOf(2, 2, 0, 0x80).smallInteger('it', 128)).toBe(128);
    for (const octets of [
      [2, 0],
      [2, 2, 0, 1],
      [2, 2, 0xff, 0x80],
      [2, 1, 0x80],
      [2, 1, 2],
      [2, 6, 1, 0, 0, 0, 0, 0],
    ]) {
      expect(refusal(() => cursorOf(...octets).smallInteger('it', 1))).toContain('it');
    }
  });
  test('BIT STRING', () => {
    const cursor = new DerCursor(bitString(Uint8Array.of(0xf0), 4), 'der_malformed');
    expect(cursor.bitString('it')).toBe(4);
    expect([...cursor.slice()]).toEqual([0xf0]);
    for (const octets of [
      [3, 0],
      [3, 1, 1],
      [3, 2, 8, 0],
      [3, 2, 4, 0xff],
      [4, 1, 0],
    ])
      expect(refusal(() => cursorOf(...octets).bitString('it'))).toContain('it');
  });
  test('named bits', () => {
    for (const bits of [[0], [7], [8], [0, 5, 8], [15]]) {
      const read = new DerCursor(namedBits(bits), 'der_malformed').namedBits('it');
      expect(read).toBe(bits.reduce((sum, bit) => sum + 2 ** bit, 0));
    }
    expect(cursorOf(3, 1, 0).namedBits('it')).toBe(0);
    for (const octets of [
      [3, 2, 0, 0x80],
      [3, 2, 7, 0],
      [3, 4, 0, 1, 1, 1],
    ])
      expect(refusal(() => cursorOf(...octets).namedBits('it'))).toContain('it');
  });
  test('text is read from long inputs, too', () => {
    const bytes = new Uint8Array(70_000).fill(0x61);
    const cursor = new DerCursor(bytes, 'der_malformed');
    expect(cursor.latin1(0, 3)).toBe('aaa');
    expect(cursor.hex(0, 2)).toBe('6161');
  });
});

describe('OBJECT IDENTIFIER', () => {
  const read = (der: Uint8Array) => {
    const cursor = new DerCursor(der, 'der_malformed');
    const dotted = readOid(cursor, 'it');
    cursor.finish();
    return dotted;
  };
  test.each([
    '2.5.4.3',
    '0.0',
    '0.39.1',
    '1.0',
    '1.39',
    '2.0',
    '2.47',
    '2.48',
    '2.999.3',
    '1.2.840.113549.1.1.11',
    '1.2.4294967296.127.128',
  ])('%s', (dotted) => {
    expect(read(objectIdentifier(dotted))).toBe(dotted);
  });
  test('arcs of any size', () => {
    expect(read(tlv(6, Uint8Array.from(Buffer.from('6983ffffffffffffffffff7f', 'hex'))))).toBe(
      `2.25.${2n ** 72n - 1n}`,
    );
    expect(read(tlv(6, Uint8Array.from(Buffer.from('ffffffffffffffffff7f', 'hex'))))).toBe(`2.${2n ** 70n - 1n - 80n}`);
  });
  test.each([[[]], [[0x80, 0x01]], [[0x55, 0x80, 0x01]], [[0x55, 0x84]], [Array.from({ length: 65 }, () => 1)]])(
    '%j is refused',
    (octets) => {
      expect(refusal(() => read(tlv(6, Uint8Array.from(octets))))).toBeDefined();
    },
  );
  test('what is read is what was written, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
        const dotted = valueOrProblem(() => read(tlv(6, octets)));
        if (dotted !== undefined && !/\d{16}/.test(dotted))
          expect([...objectIdentifier(dotted)]).toEqual([...tlv(6, octets)]);
      }),
    );
  });
  test('names of attribute types', () => {
    expect(attributeNameOf('2.5.4.3')).toBe('CN');
    expect(attributeNameOf('1.2.3')).toBeUndefined();
    for (const spelling of ['CN', 'cn', 'commonName', 'COMMONNAME', '2.5.4.3', 'OID.2.5.4.3', 'oid.2.5.4.3'])
      expect(attributeTypeOf(spelling)).toBe('2.5.4.3');
    expect(attributeTypeOf('E')).toBe('1.2.840.113549.1.9.1');
    expect(attributeTypeOf('S')).toBe('2.5.4.8');
    for (const nobodys of ['', 'X', '2', '3.1', '1.40', '2.5.04.3', '2.5.', 'constructor'])
      expect(attributeTypeOf(nobodys)).toBeUndefined();
    // an arc has no largest value (X.660), e.g. those of UUIDs below 2.25
    expect(attributeTypeOf('1.2.9999999999999999')).toBe('1.2.9999999999999999');
  });
});

test('any bytes are stepped over or refused', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      (bytes) => void valueOrProblem(() => new DerCursor(bytes, 'der_malformed').skipStrictly()),
    ),
  );
});
