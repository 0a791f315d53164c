import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Certificate } from '../../core/x509/certificate.ts';
import type { ReadCas } from '../../partners/import/nginx/backend.ts';
import type { Directive, Include } from '../../partners/import/nginx/text/syntax.ts';
import { cannotDecide } from '../terminal/failure.ts';
import { readBytesFile, readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';

type Place = Directive['place'];

/** What nginx ships, without a word about who is let in. */
const shipped = /^(?:mime\.types|(?:fastcgi|uwsgi|scgi)_params|fastcgi\.conf)$/;

/**
 * Files that an `include` names, relative to the folder of the configuration as nginx reads them, in that folder and below
 * only. An absolute path means where it stood: the longest end of it that is there is taken. What is not there stops the
 * import, as nobody knows what it says.
 */
export function includesBeside(file: string): Include {
  const root = realpathSync(dirname(resolve(file)));
  return (pattern, from) => {
    const name = basename(pattern);
    const folder = foldersFor(pattern, root).find((one) => isThere(one, name));
    if (/[?[\]]/.test(name) || /[*?[\]]/.test(dirname(pattern))) {
      stop(pattern, from, 'a pattern that is not read here', 'name the files, or a folder with *.conf');
    }
    if (folder === undefined) {
      if (shipped.test(name)) return [];
      const where = relative(root, resolve(root, pattern)).startsWith('..') ? 'outside' : 'not in';
      const next = name.includes('*')
        ? `copy that folder beside the configuration as ${basename(dirname(pattern))}/, also when it is empty`
        : `copy that file beside the configuration as ${name}; or give all of it in one: nginx -T > all.conf`;
      return stop(pattern, from, `which is ${where} ${printable(root)}`, next);
    }
    const names = readdirSync(folder)
      .filter((one) => matchesName(name, one))
      .sort();
    return names.map((one) => ({
      file: join(relative(root, folder), one),
      text: readTextFile(join(folder, one), 'an include'),
    }));
  };
}

function stop(pattern: string, from: Place, why: string, next: string): never {
  return cannotDecide(
    `${from.file}:${from.line} includes ${printable(pattern)}, ${why}`,
    `${next}: what it says is not known here`,
  );
}

/**
 * Of `/etc/nginx/conf.d/x.conf`: that folder when it is below the root, else `etc/nginx/conf.d`, `nginx/conf.d`, `conf.d`
 * there, and the root itself; not for a pattern, which means a folder of its own.
 */
function foldersFor(pattern: string, root: string): readonly string[] {
  const folder = resolve(root, dirname(pattern));
  if (!relative(root, folder).startsWith('..')) return [folder];
  const parts = folder.split('/').filter((part) => part !== '');
  const beside = parts.map((_, index) => join(root, ...parts.slice(index)));
  return basename(pattern).includes('*') ? beside : [...beside, root];
}

/** Of a pattern only the folder has to be there. */
function isThere(folder: string, name: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  return name.includes('*') || existsSync(join(folder, name));
}

/** Names that begin with a dot are not matched by a `*`, as in glob(3). */
function matchesName(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  const inner = pattern.split('*').map((part) => part.replace(/[.^$+()|\\{}]/g, '\\$&'));
  return (start !== '' || !name.startsWith('.')) && new RegExp(`^${inner.join('.*')}$`, 's').test(name);
}

/** CA certificates of a file: where the configuration says, or beside it under the same name. */
export async function casBeside(folder: string): Promise<ReadCas> {
  const read = await casReader();
  return (path, { name, place }) => {
    const places = [...(path.startsWith('/') ? [path] : [resolve(folder, path)]), join(folder, basename(path))];
    const found = places.find((one) => existsSync(one) && statSync(one).isFile());
    if (found === undefined) {
      const where = `${place.file}:${place.line} names ${printable(path)} as ${name}, which is not there`;
      return cannotDecide(where, `copy it beside the configuration as ${basename(path)}`);
    }
    return (
      read(found) ?? cannotDecide(`${printable(path)} holds no CA certificate`, `sallyport inspect ${printable(found)}`)
    );
  };
}

export async function casReader(): Promise<(path: string) => readonly Certificate[] | undefined> {
  const { inspectFile } = await import('../../partners/inspect/inspect.ts');
  const { materialOf } = await import('../../partners/add/material.ts');
  return (path) => {
    const report = inspectFile(readBytesFile(path, 'a CA file'), { at: Date.now() });
    const { cas } = materialOf([{ file: path, report }]);
    return cas.length === 0 ? undefined : cas;
  };
}
