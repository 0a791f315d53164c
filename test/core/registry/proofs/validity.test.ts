import { ca, selfSigned } from '../../../pki.ts';
import { at, authority, client, exactly, problemsOf, subject } from '../sources.ts';

const [start, end] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 31, 23, 59, 59)];
const root = ca({ subject: 'Year Root', notBefore: start, notAfter: end });
const pinned = selfSigned({ subject: 'Pinned', notBefore: start, notAfter: end });
type Identity = Parameters<typeof client>[1][number];

function codes(from: string | undefined, until: string | undefined, identities: readonly Identity[]) {
  const days = {
    validFrom: from === undefined ? undefined : at(from),
    validUntil: until === undefined ? undefined : at(until),
  };
  return problemsOf({ authorities: [authority('year', [root])], clients: [client('acme', identities, days)] }).map(
    ({ code }) => code,
  );
}

test.each<[string, Identity]>([
  ['an issuer', subject('year', 'CN=orders')],
  ['a registered certificate', exactly(pinned)],
])('a client whose days lie outside those of %s is never valid', (_, identity) => {
  expect(codes('2027-01-01', undefined, [identity])).toEqual(['validity_outside_authority']);
  expect(codes(undefined, '2025-12-31', [identity])).toEqual(['validity_outside_authority']);
  expect(codes('2026-12-31', undefined, [identity])).toEqual([]);
  expect(codes(undefined, '2026-01-01', [identity])).toEqual([]);
  expect(codes('2025-01-01', '2027-12-31', [identity])).toEqual([]);
  expect(codes(undefined, undefined, [identity])).toEqual([]);
});

test('what is found says when', () => {
  const [problem] = problemsOf({
    authorities: [authority('year', [root])],
    clients: [client('acme', [subject('year', 'CN=orders')], { validFrom: at('2027-01-01') })],
  });
  expect(problem?.found).toBe('validFrom 2027-01-01, and CN=Year Root is valid from 2026-01-01 to 2026-12-31');
});

test('days in the wrong order are one mistake', () => {
  expect(codes('2026-02-01', '2026-01-01', [subject('year', 'CN=orders')])).toEqual(['validity_empty']);
});
