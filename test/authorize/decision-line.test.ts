import fc from 'fast-check';
import { decisionLineOf, timeOf } from '../../src/authorize/decision-line.ts';
import { decisionRecordOf, logLineOf } from '../../src/authorize/decision-log.ts';
import { type Decision, decide } from '../../src/core/decide/decide.ts';
import { acme, acmeIssuing, asking, client, exactly, orders, registryWith, subjectOf } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';

const odd = acmeIssuing.issue({ subject: { CN: 'é "\\ ,+', O: 'Acme' } });
const decisions: readonly Decision[] = [
  decide(asking(orders.der, registryWith([acme]))),
  decide(asking(odd.der, registryWith([client('acme', [subjectOf(odd, 'acme-ca')])]))),
  // registered itself: no authority
  decide(asking(orders.der, registryWith([client('acme', [exactly(orders)])]))),
  decide(asking(orders.der, registryWith([acme]), { path: '/invoices' })),
  decide(asking(undefined, registryWith([acme]))),
];

test('the decisions below are of either kind', () => {
  expect(decisions.map(({ outcome }) => outcome)).toEqual(['allow', 'allow', 'allow', 'deny', 'deny']);
});

test('a line has the bytes of its record in JSON, whatever is decided and asked', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ minLength: 600, maxLength: 700 }));
  const at = fc.integer({ min: -during, max: 4 * during });
  const members = fc.record({
    reference: text,
    front: text,
    stage: text,
    release: text,
    method: text,
    address: text,
    startedAt: at,
    endedAt: fc.oneof(at, fc.double()),
    octets: fc.constant(() => orders.der),
  });
  const named = (decision: Decision, name: string): Decision =>
    decision.outcome === 'deny'
      ? decision
      : { ...decision, client: { ...decision.client, name }, rule: { ...decision.rule, id: name } };
  fc.assert(
    fc.property(fc.constantFrom(...decisions), fc.option(text), members, (made, name, context) => {
      const decision = name === null ? made : named(made, name);
      expect(decisionLineOf(decision, context)).toBe(logLineOf(decisionRecordOf(decision, context)));
    }),
    { numRuns: 500 },
  );
});

test('times are those of Date, one after the other in any order', () => {
  const near = fc.integer({ min: -3_000, max: 3_000 }).map((away) => during + away);
  const any = fc.oneof(
    near,
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 20 }), (times) => {
      for (const at of times) expect(timeOf(at)).toBe(new Date(at).toISOString());
    }),
  );
  expect(() => timeOf(Number.NaN)).toThrow(RangeError);
});
