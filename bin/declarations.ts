import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/**
 * Declarations of the library and of what they name, nothing else, into a folder. The compiler writes those of every module that it
 * reads, and keeps `.ts` in their imports, which only the newest compilers resolve to `.d.ts`.
 *
 * @returns how many files
 */
export function writeDeclarations(root: string, out: string): number {
  const emitted = join(root, 'dist/declarations');
  rmSync(emitted, { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.declarations.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  const wanted = new Set(['lib/index.ts']);
  // A set takes in what is added while it is walked.
  for (const source of wanted) {
    const file = source.replace(/\.ts$/, '.d.ts');
    const text = readFileSync(join(emitted, file), 'utf8').replace(
      /((?:from |import\()['"])(\.{1,2}\/[^'"]+)\.ts(?=['"])/g,
      (_, before: string, path: string) => {
        wanted.add(posix.join(posix.dirname(source), `${path}.ts`));
        return `${before}${path}.js`;
      },
    );
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file), text);
  }
  rmSync(emitted, { recursive: true });
  return wanted.size;
}
