import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliFailure, exitCodes, wrongUsage } from '../terminal/failure.ts';

/** As much as Secrets Manager takes. */
const maximumBytes = 65_536;

/**
 * A value that must not be in the shell's history or in `ps`: typed without being shown, or piped in. Of a piped value
 * the last line end is dropped: `echo` and editors put it there.
 */
export async function readHidden(
  question: string,
  streams = { in: process.stdin, err: process.stderr },
): Promise<string> {
  const value = streams.in.isTTY ? await typed(question, streams) : (await piped(streams.in)).replace(/\r?\n$/, '');
  if (value === '') wrongUsage('the value is empty', 'printf %s "$VALUE" | sallyport secret set NAME   # or type it');
  if (value.includes('\0')) wrongUsage('the value has a NUL character in it', 'give text');
  return value;
}

async function piped(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    if (size > maximumBytes) wrongUsage(`the value is longer than ${maximumBytes} bytes`, 'is it the right file?');
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks);
  if (!Buffer.from(text.toString('utf8')).equals(text)) wrongUsage('the value is not UTF-8 text', 'give text');
  return text.toString('utf8');
}

function typed(
  question: string,
  { in: input, err }: { in: NodeJS.ReadStream; err: NodeJS.WriteStream },
): Promise<string> {
  err.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    line.once('line', resolve);
    line.once('SIGINT', () => reject(new CliFailure(exitCodes.interrupted, 'interrupted; nothing was stored')));
    line.once('close', () => reject(new CliFailure(exitCodes.interrupted, 'nothing was typed; nothing was stored')));
  }).finally(() => {
    line.close();
    err.write('\n');
  }) as Promise<string>;
}
