import fc from 'fast-check';
import { acmeSubject, type HostileFront, openHostileFront } from './hostile-front.ts';
import { dial, type Partner, readAll } from './partner.ts';
import { answersIn, type Piece, pieces, streams } from './raw-stream.ts';

jest.setTimeout(60_000);

let front: HostileFront;
let acme: Partner;
beforeAll(async () => {
  front = await openHostileFront({ lingerMilliseconds: 100 });
  acme = front.issuedBy('Acme Issuing', { subject: acmeSubject });
});
afterAll(() => front.close());

let count = 0;

/** One connection: what was written, what the backend executed of it, and what came back. */
async function converse(sent: readonly Piece[], cuts: readonly number[]) {
  const before = front.served.length;
  count += 1;
  const ids = sent.map((_, at) => `r${count}-${at}`);
  const bytes = sent.map((piece, at) => piece.bytes(ids[at] ?? '')).join('');
  const socket = await dial(front.dev, acme);
  const reading = readAll(socket);
  let written = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut <= written || cut >= bytes.length) continue;
    socket.write(bytes.slice(written, cut), 'latin1');
    written = cut;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  socket.write(bytes.slice(written), 'latin1');
  const answers = answersIn(await reading);
  const executed = front.served.slice(before).map(({ rawHeaders }) => idIn(rawHeaders));
  return { ids, answers, executed };
}

const idIn = (rawHeaders: readonly string[]) =>
  rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'x-id') + 1] ?? 'none';

async function check(sent: readonly Piece[], cuts: readonly number[]): Promise<void> {
  const { ids, answers, executed } = await converse(sent, cuts);
  const end = sent.findIndex(({ goesOn }) => !goesOn);
  const served = sent.slice(0, end + 1);
  // Executed is what should be, in order, and nothing behind what ended the connection.
  expect(executed).toEqual(ids.slice(0, end + 1).filter((_, at) => served[at]?.executed));
  // Each executed request has its own answer, in order, and no other has one of the backend's.
  expect(answers.flatMap(({ id }) => (id === undefined ? [] : [id]))).toEqual(executed);
  // Every answer is whole, and none stands behind the one that says it is the last.
  expect(answers.filter(({ status }) => status === 0)).toEqual([]);
  expect(answers.slice(0, -1).filter(({ closes }) => closes)).toEqual([]);
  // One answer a request; one more at most, for bytes that belong to none.
  expect(answers.length - served.length).toBeGreaterThanOrEqual(0);
  expect(answers.length - served.length).toBeLessThanOrEqual(1);
}

const get = pieces.find(({ what }) => what === 'GET') as Piece;

test.each(pieces.map((piece) => [piece.what, piece] as const))(
  'alone, and something behind it: %s',
  async (_, piece) => {
    const closing = pieces.find(({ what }) => what === 'the last GET') as Piece;
    await check([piece, closing, get], []);
  },
);

test('every request that the backend executed gets its own answer, and nothing is executed after we said close', () =>
  fc.assert(
    fc.asyncProperty(streams, ({ before, end, behind, cuts }) => check([...before, end, ...behind], cuts)),
    { numRuns: 150 },
  ));
