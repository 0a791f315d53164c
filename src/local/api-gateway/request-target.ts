/** A request target in origin form (RFC 9112 §3.2.1), cut at its first `?`. Both parts as sent. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/**
 * A target in absolute form (RFC 9112 §3.2.2) as origin form, if its authority is the `Host` that was sent; every other text
 * as it is.
 */
export function originFormOf(text: string, host: string): string {
  const [whole, authority = ''] = /^https:\/\/([^/?#@]*)/i.exec(text) ?? [];
  if (whole === undefined || authority.toLowerCase() !== host.toLowerCase()) return text;
  const rest = text.slice(whole.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Undefined for what API Gateway answers with 400: not a path, an unencoded `|`, a byte that no URI has. */
export function parseRequestTarget(text: string): RequestTarget | undefined {
  if (!text.startsWith('/') || !/^[\x21-\x7e]+$/.test(text) || text.includes('|')) return undefined;
  const mark = text.indexOf('?');
  return mark < 0 ? { path: text, query: '' } : { path: text.slice(0, mark), query: text.slice(mark + 1) };
}

/**
 * The values of a query, decoded once as a form does, in order of first appearance: API Gateway keeps no order.
 * Undefined when a percent sign does not begin an octet or the octets are no UTF-8.
 */
export function parseQuery(query: string): ReadonlyMap<string, readonly string[]> | undefined {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const name = decoded(mark < 0 ? pair : pair.slice(0, mark));
    const value = decoded(mark < 0 ? '' : pair.slice(mark + 1));
    if (name === undefined || value === undefined) return undefined;
    const seen = values.get(name);
    if (seen === undefined) values.set(name, [value]);
    else seen.push(value);
  }
  return values;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
