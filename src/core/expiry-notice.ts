import { dayMilliseconds } from './day.ts';

/** From this many days before the end on, a caller is told. */
const noticeDays = 90;

/** Days left of the caller's own certificate, and of the CA above it that ends first; 0 is the last day. */
export const certificateDaysHeader = 'X-Sallyport-Certificate-Days-Left';
export const authorityDaysHeader = 'X-Sallyport-Authority-Days-Left';

/** What a binding carries when nothing ends soon. */
const noNotice = 'none';

/**
 * What ends within 90 days, as the binding carries it to the forwarder: `c12`, `a40`, `c12.a40` or `none`. Times in epoch
 * milliseconds; `authorityNotAfter` is absent for a certificate that is registered itself.
 */
export function noticeOf(certificateNotAfter: number, authorityNotAfter: number | undefined, now: number): string {
  const own = daysLeft(certificateNotAfter, now);
  const above = authorityNotAfter === undefined ? noticeDays + 1 : daysLeft(authorityNotAfter, now);
  if (own > noticeDays) return above > noticeDays ? noNotice : `a${above}`;
  return above > noticeDays ? `c${own}` : `c${own}.a${above}`;
}

function daysLeft(notAfter: number, now: number): number {
  return Math.max(0, Math.floor((notAfter - now) / dayMilliseconds));
}

const written = /^(?:c(\d{1,2}))?\.?(?:a(\d{1,2}))?$/;

/** The header fields of an answer to the caller. */
export function noticeHeaders(notice: string): readonly (readonly [name: string, value: string])[] {
  if (notice === noNotice) return [];
  const [, own, above] = written.exec(notice) ?? [];
  const headers: [string, string][] = [];
  if (own !== undefined) headers.push([certificateDaysHeader, own]);
  if (above !== undefined) headers.push([authorityDaysHeader, above]);
  return headers;
}
