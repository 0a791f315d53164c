import { type DnCheck, exactDn, regexDn } from './dn-check.ts';
import type { Note } from './imported.ts';
import type { Directive } from './nginx-syntax.ts';

export interface Mapped {
  readonly variable: string;
  readonly subjects: readonly { readonly check: DnCheck; readonly value: string; readonly place: Directive['place'] }[];
}

/** `map $ssl_client_s_dn $who { "CN=…" name; }`: which subjects there are, whatever is done with the value. */
export function mapsOf(all: readonly Directive[], notes: Note[]): readonly Mapped[] {
  return all
    .filter(({ name, args }) => name === 'map' && /^\$ssl_client_s_dn(_legacy)?$/.test(args[0] ?? ''))
    .map(({ args, block = [] }) => {
      const legacy = args[0]?.endsWith('_legacy') === true;
      const entries = block.filter(({ name }) => name !== 'default' && name !== 'hostnames' && name !== 'volatile');
      const subjects = entries.flatMap(({ name, args: [value = ''], place }) => {
        if (value === '' || value === '0') return [];
        const check = checkOf(name, legacy);
        if ('why' in check)
          notes.push({
            kind: 'to-do',
            text: `${name} is no one subject: ${check.why}. Ask the partner for its certificate, then: sallyport client add`,
            place,
          });
        return [{ check, value, place }];
      });
      return { variable: args[1] ?? '', subjects };
    });
}

/** As nginx prints it: RFC 2253, or with slashes in the legacy variable. */
function checkOf(text: string, legacy: boolean): DnCheck {
  if (text.startsWith('~*')) return regexDn(text.slice(2), true);
  if (text.startsWith('~')) return regexDn(text.slice(1), false);
  return exactDn(legacy ? text : `rfc4514:${text}`);
}

/**
 * `if ($ssl_client_s_dn != "CN=…") { return 403; }`, the same of what a map of subjects gives, and of whether the
 * certificate was verified. Any other `if` is undefined: nobody knows what it lets in.
 */
export function meaningOfIf(
  { args, block = [] }: Directive,
  mapped: readonly Mapped[],
): DnCheck | { readonly map: string } | 'certificate' | undefined {
  const refuses = block.length === 1 && block[0]?.name === 'return' && /^40[0134]$|^444$/.test(block[0].args[0] ?? '');
  const parts = /^\(?\s*(\$[a-z_]+)\s*(?:(=|!=|!~\*?)\s*(.*?))?\s*\)?$/.exec(args.join(' '));
  if (parts === null || !refuses) return undefined;
  const [, variable = '', operator, given = ''] = parts;
  const value = given.replace(/^(["'])(.*)\1$/, '$2');
  if (variable === '$ssl_client_verify') return operator === '!=' && value === 'SUCCESS' ? 'certificate' : undefined;
  // refused is who the map gives its default, which is nobody that it names
  if (operator === '=' && (value === '0' || value === '')) {
    return mapped.some((one) => one.variable === variable) ? { map: variable } : undefined;
  }
  if (!/^\$ssl_client_s_dn(_legacy)?$/.test(variable)) return undefined;
  if (operator === '!=') return exactDn(variable.endsWith('_legacy') ? value : `rfc4514:${value}`);
  return operator?.startsWith('!~') === true ? regexDn(value, operator === '!~*') : undefined;
}
