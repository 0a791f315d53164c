import { request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { Edge } from './edge.ts';
import type { FrontFolder, Partner } from './front.ts';

export interface Reply {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** As if the edge had let it through, whatever the domain's truststore is. */
  readonly pastTheEdge?: boolean;
}

/** One call of a partner over mutual TLS; without a partner, without a certificate. */
export function callFront(
  edge: Edge,
  front: FrontFolder,
  partner: Partner | undefined,
  target: string,
  options: CallOptions = {},
): Promise<Reply> {
  const { method = 'GET', headers = {}, body, pastTheEdge = false } = options;
  return new Promise((done) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: pastTheEdge ? edge.openPort : edge.port,
        servername: front.domain,
        ca: edge.authority,
        cert: partner?.certificate,
        key: partner?.key,
        agent: false,
        method,
        path: target,
        headers: { host: front.domain, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    sent.on('error', (error) => done({ status: 0, headers: {}, text: error.message }));
    sent.end(body);
  });
}

/** A warm authorizer looks for a new release when its last look is older than ten seconds; fifteen is the promise. */
const freshnessMilliseconds = 15_000;

/** Calls until the answer is this one, or for as long as a warm authorizer may take to see a publication. */
export async function callUntil(status: number, call: () => Promise<Reply>): Promise<Reply> {
  const until = performance.now() + freshnessMilliseconds + 2_000;
  for (;;) {
    const reply = await call();
    if (reply.status === status || performance.now() > until) return reply;
    await wait(250);
  }
}
