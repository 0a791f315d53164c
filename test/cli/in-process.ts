import { runProgram } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command line in this process: for tests of hundreds of them, where starting Node would take most of the time. */
export async function inProcess(...argv: readonly string[]): Promise<Ran> {
  const said = { out: '', err: '' };
  const listen = (stream: NodeJS.WriteStream, to: 'out' | 'err') => {
    stream.setMaxListeners(0);
    const spy = jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      said[to] += String(chunk);
      return true;
    });
    return () => spy.mockRestore();
  };
  const restore = [listen(process.stdout, 'out'), listen(process.stderr, 'err')];
  try {
    return { code: await runProgram(argv), ...said };
  } finally {
    for (const undo of restore) undo();
  }
}

/** The JSON document that a command has printed. */
export function documentOf({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}
