import { refuse } from '../../../../core/problem.ts';
import type { Include } from './syntax.ts';

/** What `nginx -T` printed: every file that nginx has read, by the path under which it read it. */
interface Dump {
  readonly file: string;
  readonly text: string;
  readonly include: Include;
}

const header = /^# configuration file (\/[^\n]*):$/gm;

/** Undefined for a file that is no such dump. */
export function dumpOf(text: string): Dump | undefined {
  const starts = [...text.matchAll(header)];
  const [first] = starts;
  const file = first?.[1];
  if (first === undefined || file === undefined || !/^(?:[^\n]*\n){0,9}$/.test(text.slice(0, first.index)))
    return undefined;
  const files = new Map<string, string>();
  starts.forEach((start, index) => {
    const path = start[1] ?? '';
    const content = text.slice(start.index + start[0].length, starts[index + 1]?.index ?? text.length);
    if (!files.has(path)) files.set(path, content);
  });
  const folder = file.replace(/\/[^/]*$/, '');
  return {
    file,
    text: files.get(file) ?? '',
    include(pattern, place) {
      const path = pattern.startsWith('/') ? pattern : `${folder}/${pattern}`;
      const escaped = path.split('*').map((part) => part.replace(/[.^$+()|\\{}[\]?]/g, '\\$&'));
      const wanted = new RegExp(`^${escaped.join('[^/]*')}$`);
      const found = [...files].filter(([name]) => wanted.test(name));
      // nginx prints every file it reads: what is not there it has not read, unless the paste was cut short
      if (found.length > 0 || path.includes('*'))
        return found.map(([name, content]) => ({ file: name, text: content }));
      return refuse({
        code: 'nginx_dump_cut',
        message: `${pattern} is included, but what nginx -T printed does not have it`,
        place,
        remedy: 'give all that nginx -T prints',
      });
    },
  };
}
