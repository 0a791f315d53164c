import { createServer } from 'node:net';
import fc from 'fast-check';
import { InterimReader } from '../../src/forward/interim.ts';
import { closeAll, config, connection, listen, outbound } from './loopback.ts';

afterEach(closeAll);

const continues = 'HTTP/1.1 100 Continue\r\n\r\n';
const hints = 'HTTP/1.1 103 Early Hints\r\nLink: HTTP/1.1 100\r\n\r\n';
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';

test('however the bytes are cut: each 100 before the answer is a 102, and nothing else changes', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(continues, hints), { maxLength: 4 }),
      fc.array(fc.nat({ max: 200 })),
      (interim, cuts) => {
        const text = `${interim.join('')}${answer}`;
        const reader = new InterimReader();
        let seen = '';
        let from = 0;
        for (const cut of [...cuts.filter((at) => at < text.length).sort((a, b) => a - b), text.length]) {
          const bytes = Buffer.from(text.slice(from, cut));
          reader.read(bytes);
          seen += bytes.toString();
          from = cut;
        }
        const expected = interim.map((one) => (one === continues ? one.replace('100', '102') : one)).join('');
        expect(seen).toBe(`${expected}${answer}`);
      },
    ),
  ));

test.each([
  ['unasked, at once', continues],
  ['twice, with early hints between', `${continues}${hints}${continues}`],
])('a POST that the backend has executed keeps its answer behind a 100: %s', async (_, interim) => {
  let executed = 0;
  const port = await listen(
    createServer((socket) => {
      socket.on('data', () => {
        executed += 1;
        socket.write(interim);
        setTimeout(() => socket.write('HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok'), 20);
      });
    }),
  );
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const post = () => through.forwardWhole(outbound({ method: 'POST', body: Buffer.from('a') }), 100);
  for (const turn of [1, 2]) {
    expect(await post()).toMatchObject({ status: 201, body: Buffer.from('ok') });
    expect(executed).toBe(turn);
  }
});
