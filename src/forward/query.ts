import { refuse } from '../core/problem.ts';

/**
 * A raw query string (no `?`) from API Gateway's map, which holds names and values decoded once and keeps the order
 * only within one name. Everything but RFC 3986's unreserved characters is encoded, so decoding gives what API
 * Gateway had, whether or not the backend reads `+` as a space; `a` and `a=` have become one on the way already.
 */
export function rebuildQuery(
  values: Readonly<Record<string, readonly string[] | undefined>> | null | undefined,
): string {
  const parts: string[] = [];
  for (const [name, list] of Object.entries(values ?? {})) {
    for (const value of list ?? []) parts.push(`${encode(name)}=${encode(value)}`);
  }
  return parts.join('&');
}

function encode(text: string): string {
  if (!text.isWellFormed()) {
    refuse({ code: 'query_malformed', message: 'A query parameter is not valid Unicode', allowed: 'valid UTF-8' });
  }
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
