import { wrongUsage } from './failure.ts';
import { printable } from './output.ts';

export interface RequestLine {
  readonly method: string;
  /** As typed, query included. */
  readonly target: string;
  /** Raw, without the query. */
  readonly path: string;
}

/** `GET /orders?since=1` → its parts. The path is taken byte for byte: it is what is judged. */
export function parseRequestLine(text: string): RequestLine {
  const match = /^([A-Za-z]{1,20}) +(\/\S*)$/.exec(text.trim());
  if (match === null) {
    return wrongUsage(`${JSON.stringify(printable(text))} is not a request`, 'METHOD /path, in quotes: "GET /orders"');
  }
  const [, method = '', target = ''] = match;
  if (method !== method.toUpperCase()) {
    return wrongUsage(
      `methods are exact: ${method} is not ${method.toUpperCase()}`,
      `"${method.toUpperCase()} ${target}"`,
    );
  }
  const query = target.indexOf('?');
  return { method, target, path: query < 0 ? target : target.slice(0, query) };
}
