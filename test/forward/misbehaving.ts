import { createServer, type Socket } from 'node:net';
import { listen } from './loopback.ts';

/** How a backend answers one request on a socket. `number` counts the requests of that socket, from 1. */
type Manners = (socket: Socket, request: { readonly id: string; readonly number: number }) => void;

const ok = (id: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\n\r\n${id}`;
const chunked = (id: string) =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${id.length.toString(16)}\r\n${id}\r\n0\r\n\r\n`;
/** An answer that nobody asked for, recognisable whoever gets it. */
const stray = ok('stray');
const soon = (work: () => void) => setImmediate(work);

/**
 * Backends that answer as they should, and then do something more. What a socket says before the next request is on it can
 * be told apart from an answer; what it says later cannot, by any client of HTTP/1.1, and is not in here.
 */
export const misbehaviours: Readonly<Record<string, Manners>> = {
  'behaves well': (socket, { id }) => socket.write(ok(id)),
  'answers in chunks': (socket, { id }) => socket.write(chunked(id)),
  'answers twice in one write': (socket, { id }) => socket.write(ok(id) + stray),
  'answers twice in two writes': (socket, { id }) => {
    socket.write(ok(id));
    socket.write(stray);
  },
  'answers again a turn later': (socket, { id }) => {
    socket.write(ok(id));
    soon(() => socket.write(stray));
  },
  'answers the first request of a socket twice': (socket, { id, number }) =>
    socket.write(number === 1 ? ok(id) + stray : ok(id)),
  'answers again without a body': (socket, { id }) =>
    socket.write(`${ok(id)}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`),
  'begins a second answer': (socket, { id }) => socket.write(`${ok(id)}HTTP/1.1 200 OK\r\nContent-`),
  'begins a second answer a turn later': (socket, { id }) => {
    socket.write(ok(id));
    soon(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'));
  },
  'ends with an empty line too many': (socket, { id }) => socket.write(`${ok(id)}\r\n\r\n`),
  'says something that is not HTTP': (socket, { id }) => socket.write(`${ok(id)}ERROR 42 in line 7\n`),
  'sends more than it announced': (socket, { id }) => socket.write(`${ok(id)}${'x'.repeat(300)}`),
  'sends more after the last chunk': (socket, { id }) => socket.write(`${chunked(id)}5\r\nstray\r\n0\r\n\r\n`),
  'sends a body with 204': (socket) => socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nstray'),
  'sends a body with 304': (socket) => socket.write('HTTP/1.1 304 Not Modified\r\n\r\nstray'),
  'sends two early answers first': (socket, { id }) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok(id)}`),
  'says 100 unasked': (socket, { id }) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok(id)}`),
  'says 100 three times, byte by byte': (socket, { id }) => {
    const bytes = `${'HTTP/1.1 100 Continue\r\nX-Status: HTTP/1.1 100\r\n\r\n'.repeat(3)}${ok(id)}`;
    const drip = (at: number): void => {
      socket.write(bytes.slice(at, at + 3));
      if (at + 3 < bytes.length) setTimeout(drip, 0, at + 3);
    };
    drip(0);
  },
  'sends less than it announced and closes': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nstray'),
  'closes without saying so': (socket, { id }) => socket.end(ok(id)),
  'resets behind its answer': (socket, { id }) => socket.write(ok(id), () => socket.resetAndDestroy()),
  'says it closes, and goes on': (socket, { id }) =>
    socket.write(`${ok(id).replace('200 OK\r\n', '200 OK\r\nConnection: close\r\n')}${stray}`),
  'says 408 to a socket that waits': (socket, { id }) => {
    socket.write(ok(id));
    soon(() => socket.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 5\r\n\r\nstray'));
  },
  'answers in HTTP/1.0 until it closes': (socket, { id }) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${id}`),
  'gives two lengths': (socket, { id }) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\nContent-Length: 3\r\n\r\n${id}`),
  'gives a length and chunks': (socket, { id }) =>
    socket.write(chunked(id).replace('200 OK\r\n', `200 OK\r\nContent-Length: 3\r\n`)),
  'drips its answer': (socket, { id }) => {
    const drip = (rest: string): void => {
      socket.write(rest.slice(0, 9));
      if (rest.length > 9) setTimeout(drip, 1, rest.slice(9));
    };
    drip(ok(id));
  },
  'answers before it has read': (socket, { id }) => socket.write(ok(id)),
};

/** A backend with these manners. Each request has its id in the path: `/orders/<id>`. */
export function misbehavingBackend(manners: Manners): Promise<number> {
  return listen(
    createServer((socket) => {
      let text = '';
      let number = 0;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        for (;;) {
          const request = /^[A-Z]+ \S*\/orders\/([\w-]+)[\s\S]*?\r\n\r\n/.exec(text);
          if (request === null) return;
          text = text.slice(request[0].length).replace(/^body/, '');
          number += 1;
          if (!socket.destroyed) manners(socket, { id: request[1] ?? '', number });
        }
      });
    }),
  );
}

/** One way in: what a caller who asks for `/orders/<id>` gets. */
export type Door = (id: string) => Promise<{ readonly status: number; readonly body: string }>;

/** Answers that were somebody else's, of many callers who ask at once, one after the other, and after a pause. */
export async function wrongAnswers(door: Door, label: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  const ask = async (id: string) => {
    const { status, body } = await door(id);
    // An empty answer is nobody's: 204, 304 and our own failures.
    if (status === 200 ? body !== id : body.includes('stray')) wrong.push(`${id} got ${status} ${body}`);
  };
  await Promise.all(
    Array.from({ length: 6 }, async (_, caller) => {
      for (let turn = 0; turn < 6; turn += 1) {
        await ask(`${label}-${caller}-${turn}`);
        if (turn % 3 === 2) await new Promise((resolve) => setTimeout(resolve, caller));
      }
    }),
  );
  return wrong;
}
