import { noticeHeaders, noticeOf } from '../../src/core/expiry-notice.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 27, 12);

test.each([
  ['nothing ends soon', 91, 400, 'none', []],
  ['the certificate does', 12.9, 400, 'c12', [['X-Sallyport-Certificate-Days-Left', '12']]],
  ['its CA does', 200, 90, 'a90', [['X-Sallyport-Authority-Days-Left', '90']]],
  [
    'both do, and it is the last day',
    0.1,
    5,
    'c0.a5',
    [
      ['X-Sallyport-Certificate-Days-Left', '0'],
      ['X-Sallyport-Authority-Days-Left', '5'],
    ],
  ],
  ['registered itself, so that there is no CA', 30, undefined, 'c30', [['X-Sallyport-Certificate-Days-Left', '30']]],
])('%s', (_, own, above, notice, headers) => {
  const written = noticeOf(now + own * day, above === undefined ? undefined : now + above * day, now);
  expect(written).toBe(notice);
  expect(noticeHeaders(written)).toEqual(headers);
});
