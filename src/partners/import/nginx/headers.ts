import { foldName } from '../../../core/fold-name.ts';
import { classOf } from '../../../core/header-table.ts';
import type { Note } from '../imported.ts';
import { inForce, type Levels } from './levels.ts';

export interface WrittenHeaders {
  /** The caller's own must not come through: nginx wrote or cleared them. */
  readonly strip: readonly string[];
  /** nginx sent a value of its own, which is a credential as far as anybody knows. */
  readonly secrets: readonly string[];
}

/**
 * What nginx did with headers on the way to the backend, judged by the value and not by the name: whatever it wrote or
 * cleared says something about the caller that the caller cannot have said. One that hands the caller's own on does not.
 */
export function headersOf(levels: Levels, what: string, notes: Note[]): WrittenHeaders | { readonly left: string } {
  const strip = new Set<string>();
  const secrets = new Set<string>();
  for (const { args, place } of inForce(levels, 'proxy_set_header')) {
    const [name = '', value = ''] = args;
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return { left: `\`proxy_set_header ${name}\` names no header` };
    const folded = foldName(name);
    if (value === `$http_${folded.replaceAll('-', '_')}`) continue;
    if (/\$ssl_client_/.test(value)) {
      const text = `header ${name} of ${what}: the backend now reads X-Sallyport-Client and Client-Cert (RFC 9440)`;
      notes.push({ kind: 'changed', text, place });
    }
    // the front takes these from the caller already, or writes them itself
    if (classOf(folded) !== undefined) continue;
    const isLiteral = value !== '' && !value.includes('$');
    if (isLiteral && /^(?:content-|cookie$)/.test(folded)) return { left: `it writes the header ${name} itself` };
    strip.add(name);
    if (isLiteral && !folded.startsWith('accept')) secrets.add(name);
  }
  return { strip: [...strip].sort(), secrets: [...secrets].sort() };
}
