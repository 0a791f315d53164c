import { compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations } from '../../../src/core/revocation/index.ts';
import { ca, during } from '../../pki.ts';
import { all, believed, day, listOf, statuses } from './lists.ts';

/** A tenth of a million, so that the test takes seconds; bench/revocation.ts does the same with all of it. */
const count = 100_000;
const serialOctets = 16;

/** A serial number that a CA would draw, reproducibly; none begins with 0 or the sign bit. */
function serialAt(index: number): Uint8Array {
  const octets = new Uint8Array(serialOctets);
  const view = new DataView(octets.buffer);
  let state = index + 1;
  for (let at = 0; at < serialOctets; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    view.setInt32(at, state ^ (state >>> 13));
  }
  octets[0] = 1 + ((octets[0] ?? 0) & 0x3f);
  view.setUint32(serialOctets - 4, index);
  return octets;
}

/** Entries with a reason, 36 bytes and 14 for the reason of every tenth. */
function entries(): Uint8Array {
  const plain = Buffer.concat([
    Buffer.from('30210210', 'hex'),
    Buffer.alloc(16),
    Buffer.from('170d3236303130313030303030305a', 'hex'),
  ]);
  const reasoned = Buffer.concat([plain, Buffer.from('300c300a0603551d1504030a0101', 'hex')]);
  reasoned[1] = 0x2f;
  const all = Buffer.alloc((count / 10) * (9 * plain.length + reasoned.length));
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const template = index % 10 === 0 ? reasoned : plain;
    all.set(template, at);
    all.set(serialAt(index), at + 4);
    at += template.length;
  }
  return all;
}

test('a list of 100,000: 8 bytes each, all found, nobody else', () => {
  const root = ca();
  const der = listOf(root, { revoked: entries() });
  const list = believed(der, [root]);
  const { bytes, unused } = compileRevocations({
    authorities: [{ name: 'acme-ca', certificates: all([root]), lists: [list] }],
  });
  const index = openRevocations(bytes);
  const held = list.entries.revoked.buffer.byteLength;
  const megabytes = [der.length, held, bytes.length, process.memoryUsage().rss].map((octets) =>
    (octets / 1e6).toFixed(1),
  );
  console.log(`list, hashes, index, process: ${megabytes.join(', ')} MB`);
  expect(unused).toEqual([]);
  expect(list.entries.count).toBe(count);
  expect(bytes.length).toBeLessThanOrEqual(8.2 * count);
  // eight octets for each of the shortest entries that could have been there
  expect(held).toBeLessThanOrEqual((8 * der.length) / 20);
  for (let at = 0; at < count; at += 4_999) {
    const serial = Buffer.from(serialAt(at)).toString('hex');
    expect(statuses(index, [root.issue({ serial }), root], { at: during })).toEqual(['revoked']);
    const neighbour = `${serial.slice(0, -1)}${serial.endsWith('0') ? '1' : '0'}`;
    const known = Number.parseInt(neighbour.slice(-8), 16);
    const listed = known < count && Buffer.from(serialAt(known)).toString('hex') === neighbour;
    expect(statuses(index, [root.issue({ serial: neighbour }), root], { at: during + day })).toEqual([
      listed ? 'revoked' : 'good',
    ]);
  }
});
