import { foldName } from '../core/fold-name.ts';
import { classOf } from '../core/header-table.ts';
import { refuse } from '../core/problem.ts';

/** Headers of the message itself: a credential in one of them would change what the message means. */
const ofTheMessage = new Set([
  ...['accept', 'accept-encoding', 'cache-control', 'content-encoding', 'content-language', 'content-location'],
  ...['content-range', 'content-type', 'cookie', 'date', 'if-match', 'if-modified-since', 'if-none-match', 'if-range'],
  ...['if-unmodified-since', 'max-forwards', 'origin', 'pragma', 'range', 'referer', 'set-cookie', 'via'],
]);

/**
 * The name of a header that may carry a credential to a backend.
 *
 * @throws ProblemError `header_name_owned`, `header_name_malformed`
 */
export function checkHeaderName(name: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(name)) {
    refuse({ code: 'header_name_malformed', message: 'this is no header name (RFC 9110 section 5.1)' });
  }
  const folded = foldName(name);
  if (classOf(folded) !== undefined || ofTheMessage.has(folded)) {
    refuse({ code: 'header_name_owned', message: 'the front or the message itself owns this header' });
  }
  return name;
}
