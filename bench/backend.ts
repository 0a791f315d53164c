import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/**
 * A backend on loopback in a thread of its own, so that it costs the caller's thread nothing. Any path is answered with
 * 1 KB; `/large` with 100 MB, chunked.
 */
export interface Backend {
  readonly port: number;
  close(): Promise<void>;
}

export const answerBytes = 1024;
export const largeBytes = 100 * 1024 * 1024;

export async function openBackend(): Promise<Backend> {
  const worker = new Worker(import.meta.filename);
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { port, close: async () => void (await worker.terminate()) };
}

function serve(): void {
  const small = Buffer.alloc(answerBytes, 'a');
  const chunk = Buffer.alloc(65_536, 'b');
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url !== '/large') {
        response.setHeader('content-type', 'application/octet-stream');
        response.end(small);
        return;
      }
      let left = largeBytes;
      const more = (): void => {
        while (left > 0) {
          left -= chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
}

if (!isMainThread) serve();
