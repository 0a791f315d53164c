import { decide } from '../../../src/core/decide/decide.ts';
import { type ReasonCode, reasonCodes } from '../../../src/core/decide/reasons.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { smallestChange } from '../../../src/core/why/smallest-change.ts';
import { documentBehind } from '../decide/fixture.ts';
import { situations } from '../decide/situations.ts';

/** What an edit of the front's files can mend. Everything else somebody else has to: the remedy says who. */
const mended = new Set<ReasonCode>([
  'issuer_not_allowed',
  'authority_differs',
  'client_not_yet_valid',
  'client_no_longer_valid',
  'address_not_allowed',
  'method_not_allowed',
  'path_not_allowed',
  'route_missing',
]);

test.each(situations)('%s: a change that allows it, or none', (code, { registry, ...input }) => {
  const document = documentBehind(registry);
  const change = smallestChange({ ...input, document });
  // a method that no pattern can have is the caller's to correct
  const isPattern = /^[A-Z]+$/.test(input.request.method);
  if (!mended.has(code) || !isPattern) return expect(change).toBeUndefined();
  const after = (change ?? []).reduce((changed, edit) => edit.apply(changed), document);
  expect(decide({ ...input, registry: loadRegistry(after) }).outcome).toBe('allow');
});

test('every code is in a situation', () => {
  expect(new Set(situations.map(([code]) => code))).toEqual(new Set(reasonCodes));
});
