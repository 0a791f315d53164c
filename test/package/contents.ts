import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, relative } from 'node:path';

/** What must not be in an installed package, each as `file: what`; empty when it is clean. */
export function strangersIn(folder: string, checkout: string, registry: string): readonly string[] {
  const local = [checkout, `${homedir()}/`, hostname(), new URL(registry).host].filter((text) => text.length > 3);
  return filesOf(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'latin1');
    return [
      ...(/\.[cm]?tsx?$/.test(file) && !file.endsWith('.d.ts') ? ['source that Node would have to strip'] : []),
      ...(/(^|\/)(test|tests|__tests__)\/|\.(test|spec)\./.test(file) ? ['a test'] : []),
      ...(/\/\/registry\.[a-z]|"resolved"|_authToken/.test(text) ? ['the address of a registry'] : []),
      ...local.filter((one) => text.includes(one)).map((one) => `${one}, which is of this machine`),
    ].map((what) => `${file}: ${what}`);
  });
}

export const sha256Of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export const jsonOf = <T>(...path: readonly string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;

/** `12 kB` of one file, or of a folder with all that is below it. */
export function sizeOf(path: string): string {
  const files = statSync(path).isDirectory() ? filesOf(path).map((file) => join(path, file)) : [path];
  return `${Math.round(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024)} kB`;
}

/** Relative to the folder, without what was installed below it. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !file.startsWith('node_modules/'))
    .sort();
}
