import fc from 'fast-check';

/** One piece of what a client writes. `id` stands in its request, so that backend and answer can be asked about it. */
export interface Piece {
  readonly what: string;
  bytes(id: string): string;
  /** Whether the backend is to execute it. */
  readonly executed: boolean;
  /** How many answers it gets, whoever gives them. */
  readonly answers: 0 | 1;
  /** Whether what stands behind it is a request of its own. */
  readonly goesOn: boolean;
}

const head = (id: string) => `Host: api.example.com\r\nX-Id: ${id}\r\n`;
const posted = (id: string, fields: string, body: string, version = '1.1') =>
  `POST /orders HTTP/${version}\r\n${head(id)}${fields}\r\n${body}`;

const good = { executed: true, answers: 1, goesOn: true } as const;
const last = { executed: true, answers: 1, goesOn: false } as const;
const refused = { executed: false, answers: 1, goesOn: false } as const;

/** UTF-8 as the bytes of a latin1 string, counted as characters: the Content-Length that a careless client writes. */
const accented = '{"a":"é"}';
const accentedBytes = Buffer.from(accented).toString('latin1');

export const pieces: readonly Piece[] = [
  { what: 'GET', ...good, bytes: (id) => `GET /orders/x HTTP/1.1\r\n${head(id)}\r\n` },
  { what: 'POST', ...good, bytes: (id) => posted(id, 'Content-Length: 2\r\n', 'ok') },
  {
    what: 'POST in chunks',
    ...good,
    bytes: (id) => posted(id, 'Transfer-Encoding: Chunked\r\n', '2;a=b\r\nok\r\n0\r\nX-T: 1\r\n\r\n'),
  },
  { what: 'absolute form', ...good, bytes: (id) => `GET https://api.example.com/orders/x HTTP/1.1\r\n${head(id)}\r\n` },
  { what: 'an empty line in front', ...good, bytes: (id) => `\r\nGET /orders/x HTTP/1.1\r\n${head(id)}\r\n` },
  { what: 'refused, no body', ...refused, goesOn: true, bytes: (id) => `GET /admin HTTP/1.1\r\n${head(id)}\r\n` },
  { what: 'a target that is none', ...refused, goesOn: true, bytes: (id) => `GET /a|b HTTP/1.1\r\n${head(id)}\r\n` },

  { what: 'the last GET', ...last, bytes: (id) => `GET /orders/x HTTP/1.1\r\nConnection: close\r\n${head(id)}\r\n` },
  { what: 'the last POST', ...last, bytes: (id) => posted(id, 'Connection: close\r\nContent-Length: 2\r\n', 'ok') },
  { what: 'HTTP/1.0', ...last, bytes: (id) => posted(id, 'Content-Length: 2\r\n', 'ok', '1.0') },

  {
    what: 'refused with a body',
    ...refused,
    bytes: (id) => `POST /admin HTTP/1.1\r\n${head(id)}Content-Length: 5\r\n\r\nhello`,
  },
  {
    what: 'gzip, chunked',
    ...refused,
    bytes: (id) => posted(id, 'Transfer-Encoding: gzip, chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
  },
  {
    what: 'two Transfer-Encodings',
    ...refused,
    bytes: (id) => posted(id, 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
  },
  {
    what: 'chunked twice',
    ...refused,
    bytes: (id) => posted(id, 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
  },
  {
    what: 'chunked in HTTP/1.0',
    ...refused,
    bytes: (id) =>
      posted(id, 'Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n', '1.0'),
  },
  {
    what: 'a chunk that is none',
    ...refused,
    bytes: (id) => posted(id, 'Transfer-Encoding: chunked\r\n', '2\r\nokay\r\n0\r\n\r\n'),
  },
  { what: 'two lengths', ...refused, bytes: (id) => posted(id, 'Content-Length: 2\r\nContent-Length: 3\r\n', 'ok') },
  { what: 'two Hosts', ...refused, bytes: (id) => `GET /orders/x HTTP/1.1\r\nHost: other.example\r\n${head(id)}\r\n` },
  { what: 'no HTTP', ...refused, bytes: () => 'no sense\r\n\r\n' },
  { what: 'CONNECT', ...refused, bytes: (id) => `CONNECT api.example.com:443 HTTP/1.1\r\n${head(id)}\r\n` },
  { what: 'a NUL', ...refused, bytes: () => '\0' },
  {
    // Two answers: its own, and one for the byte behind it.
    what: 'a length in characters',
    ...last,
    bytes: (id) => posted(id, `Content-Length: ${accented.length}\r\n`, accentedBytes),
  },
];

const ends = pieces.filter(({ goesOn }) => !goesOn);

/** What a client writes, and where its writes are cut. Somewhere in it stands what ends the connection, so no time is waited for. */
export const streams = fc.record({
  before: fc.array(fc.constantFrom(...pieces), { maxLength: 4 }),
  end: fc.constantFrom(...ends),
  behind: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }),
  cuts: fc.array(fc.nat({ max: 400 }), { maxLength: 4 }),
});

export interface SeenAnswer {
  readonly status: number;
  readonly closes: boolean;
  /** The id of the request that the backend answered with this; undefined for an answer of ours. */
  readonly id: string | undefined;
}

/** What came, cut into answers by their lengths; a rest that is no whole answer is an answer with status 0. */
export function answersIn(text: string): readonly SeenAnswer[] {
  const answers: SeenAnswer[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at);
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text.slice(at, at + 13)) ?? [];
    const fields = text.slice(at, end);
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(fields)?.[1] ?? 0);
    if (end < 0 || status === undefined || end + 4 + length > text.length) return [...answers, broken];
    const id = /\r\nX-Served: (\S+)/i.exec(fields)?.[1];
    answers.push({ status: Number(status), closes: /\r\nConnection: close/i.test(fields), id });
    at = end + 4 + length;
  }
  return answers;
}

const broken: SeenAnswer = { status: 0, closes: false, id: undefined };
