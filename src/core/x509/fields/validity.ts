import { type DerCursor, tag } from '../der.ts';

export interface Validity {
  /** Milliseconds since the epoch, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** RFC 5280 §4.1.2.5. An interval that ends before it begins is read as it stands: it is never valid. */
export function readValidity(cursor: DerCursor): Validity {
  const outer = cursor.enter(tag.sequence, 'the validity');
  const notBefore = readTime(cursor, 'notBefore');
  const notAfter = readTime(cursor, 'notAfter');
  cursor.leave(outer);
  return { notBefore, notAfter };
}

/** UTCTime or GeneralizedTime in the one form of each that RFC 5280 §4.1.2.5 allows: seconds, no fraction, `Z`. */
export function readTime(cursor: DerCursor, what: string): number {
  const found = cursor.peek();
  if (found !== tag.utcTime && found !== tag.generalizedTime) cursor.fail(`${what} is not a time`);
  cursor.next();
  const { bytes, start, stop } = cursor;
  const yearDigits = found === tag.utcTime ? 2 : 4;
  if (stop - start !== yearDigits + 11 || bytes[stop - 1] !== 0x5a)
    cursor.fail(`${what} is not a time that RFC 5280 allows`, start);
  const twoDigits = (at: number): number => {
    const tens = cursor.byteAt(at) - 0x30;
    const ones = cursor.byteAt(at + 1) - 0x30;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) cursor.fail(`${what} has something else than digits`, at);
    return tens * 10 + ones;
  };
  let year = twoDigits(start);
  if (yearDigits === 4) year = year * 100 + twoDigits(start + 2);
  else year += year >= 50 ? 1900 : 2000;
  const rest = start + yearDigits;
  const month = twoDigits(rest);
  const day = twoDigits(rest + 2);
  const hour = twoDigits(rest + 4);
  const minute = twoDigits(rest + 6);
  const second = twoDigits(rest + 8);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(month, year) || hour > 23 || minute > 59 || second > 59) {
    cursor.fail(`${what} is no day or time of the calendar`, start);
  }
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  if (year < 100) cursor.fail(`${what} is in antiquity`, start);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
