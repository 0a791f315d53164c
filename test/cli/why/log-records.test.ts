import fc from 'fast-check';
import { stringify } from 'yaml';
import { recordsWith } from '../../../src/cli/why/log-records.ts';

const reference = '7k2m9q4x0c8w1r5t3v6z';
const refusal = {
  format: 1,
  type: 'refusal',
  time: '2026-11-27T12:00:00.000Z',
  reference,
  method: 'GET',
  path: '/orders/%22a{b}',
  address: '203.0.113.7',
  certificate: '-----BEGIN CERTIFICATE-----\nMIIB"\\{}==\n-----END CERTIFICATE-----\n',
};
const decision = { format: 1, type: 'decision', reference, reasons: [{ code: 'x', found: 'say "no"' }] };
const other = { ...refusal, reference: '0'.repeat(20), path: '/other' };
const lines = [other, decision, refusal].map((record) => JSON.stringify(record));
const events = lines.map((message, index) => ({
  logStreamName: '2026/11/27/[$LATEST]0123456789abcdef',
  timestamp: 1_764_244_800_000 + index,
  message: `${message}\n`,
  ingestionTime: 1_764_244_800_900,
  eventId: `3${index}`,
}));
const csv = (text: string) => `"${text.replaceAll('"', '""')}"`;

// As the tools write it: the AWS CLI's outputs, its `tail`, Insights, the console's downloads, exports, subscriptions.
const exports_: readonly [string, string][] = [
  ['lines', lines.join('\n')],
  [
    'aws logs tail',
    lines.map((line) => `2026-11-27T12:00:00.000000+00:00 2026/11/27/[$LATEST]0123 ${line}`).join('\n'),
  ],
  [
    'aws logs tail --format json',
    lines
      .map((line) => `2026-11-27T12:00:00 2026/11/27/[$LATEST]0 ${JSON.stringify(JSON.parse(line), null, 4)}`)
      .join('\n'),
  ],
  ['filter-log-events', JSON.stringify({ events, searchedLogStreams: [] }, null, 4)],
  [
    'get-log-events',
    JSON.stringify({ events: events.map(({ eventId: _, ...rest }) => rest), nextForwardToken: 'f/3' }),
  ],
  [
    'filter-log-events --output text',
    events
      .map(
        (event) =>
          `EVENTS\t${event.eventId}\t${event.ingestionTime}\t${event.logStreamName}\t${event.message}\t${event.timestamp}`,
      )
      .join('\n'),
  ],
  ["--query 'events[].message' --output text", events.map(({ message }) => message).join('\t')],
  [
    "--query 'events[].message'",
    JSON.stringify(
      events.map(({ message }) => message),
      null,
      4,
    ),
  ],
  ['--output yaml', stringify({ events })],
  ['--output yaml, unfolded', stringify({ events }, { lineWidth: 0, defaultStringType: 'QUOTE_SINGLE' })],
  [
    'get-query-results',
    JSON.stringify({
      results: lines.map((value) => [
        { field: '@timestamp', value: '2026' },
        { field: '@message', value },
      ]),
    }),
  ],
  ['the console’s events as CSV', `timestamp,message\n${lines.map((line) => `1764244800000,${csv(line)}`).join('\n')}`],
  [
    'Insights as CSV',
    `@timestamp,@message\n${lines.map((line) => `2026-11-27 12:00:00.000,${csv(line)}`).join('\r\n')}`,
  ],
  ['Insights as JSON', JSON.stringify(lines.map((line) => ({ '@timestamp': '2026', '@message': JSON.parse(line) })))],
  [
    'Lambda’s JSON logs, message as text',
    lines.map((message) => JSON.stringify({ timestamp: '2026', level: 'INFO', requestId: 'r', message })).join('\n'),
  ],
  [
    '… exported by filter-log-events',
    JSON.stringify({ events: lines.map((message) => ({ message: JSON.stringify({ level: 'INFO', message }) })) }),
  ],
  ['Lambda’s text logs', lines.map((line) => `2026-11-27T12:00:00.000Z\t8f4b\tINFO\t${line}`).join('\n')],
  ['a subscription', JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: events }).repeat(2)],
];

test.each(exports_)('%s', (_, text) => {
  const found = recordsWith(reference, text).filter((record) => record.type === 'refusal');
  expect(found.length).toBeGreaterThan(0);
  for (const record of found) expect(record).toEqual(refusal);
  const decisions = recordsWith(reference, text).filter((record) => record.type === 'decision');
  expect(decisions[0]).toMatchObject({ reference });
});

test('any path and address comes out of every export as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (path) => {
      const record = { format: 1, type: 'refusal', reference, path };
      const line = JSON.stringify(record);
      for (const text of [line, JSON.stringify({ events: [{ message: line }] }), `a,${csv(line)}`])
        expect(recordsWith(reference, text)).toEqual([record]);
    }),
  );
});

test('what is cut short, or no record, is none', () => {
  const line = JSON.stringify(refusal);
  for (let length = 0; length < line.length; length += 7)
    expect(recordsWith(reference, line.slice(0, length))).toEqual([]);
  expect(recordsWith(reference, `no object here ${reference}`)).toEqual([]);
  expect(recordsWith(reference, `${'{'.repeat(100_000)}${reference}`)).toEqual([]);
});
