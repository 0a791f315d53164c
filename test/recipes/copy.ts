import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const left = /^(?:node_modules|dist|coverage|cdk\.out|\.git|\.sallyport)$/;

/** The tree somewhere else, to be edited; packages are those of here. */
export interface Copy {
  /** Undefined when there is no such file. */
  read(file: string): string | undefined;
  /** undefined: there is to be no such file. */
  write(file: string, text: string | undefined): void;
  run(command: readonly string[]): { readonly status: number | null; readonly output: string };
  remove(): void;
}

export function copyOf(root: string): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-recipes-'));
  for (const name of readdirSync(root).filter((one) => !left.test(one)))
    cpSync(join(root, name), join(folder, name), { recursive: true });
  // Not the folder itself: tests keep what they built in it.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => one !== '.cache'))
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  const bin = join(folder, 'node_modules/.bin');
  const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
  return {
    read(file) {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write(file, text) {
      if (text === undefined) return rmSync(join(folder, file), { force: true });
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    run([program = '', ...args]) {
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd: folder,
        env: environment,
        encoding: 'utf8',
        timeout: 240_000,
        maxBuffer: 2 ** 26,
      });
      if (error !== undefined) throw error;
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
