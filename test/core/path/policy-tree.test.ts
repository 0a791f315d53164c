import fc from 'fast-check';
import { type PolicyRequest, PolicyTree } from '../../../src/core/path/policy-tree.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { ca, selfSigned } from '../../pki.ts';
import { referencePolicies } from './policy-reference.ts';

const any = '2.5.29.32.0';
const [p1, p2, p3] = ['1.2.1', '1.2.2', '1.2.3'] as const;

interface Step {
  readonly policies?: readonly string[];
  readonly mappings?: readonly (readonly [string, string])[];
  readonly explicit?: number;
  readonly inhibitMapping?: number;
  readonly inhibitAny?: number;
  readonly selfIssued?: boolean;
}

const signer = ca({ subject: 'Signer' });

function certificate({ policies, mappings, explicit, inhibitMapping, inhibitAny, selfIssued }: Step): Certificate {
  const extra = [
    ...(policies === undefined || policies.length === 0 ? [] : [extension.certificatePolicies(policies)]),
    ...(mappings === undefined || mappings.length === 0 ? [] : [extension.policyMappings(mappings)]),
    ...(explicit === undefined && inhibitMapping === undefined
      ? []
      : [extension.policyConstraints({ requireExplicitPolicy: explicit, inhibitPolicyMapping: inhibitMapping })]),
    ...(inhibitAny === undefined ? [] : [extension.inhibitAnyPolicy(inhibitAny)]),
  ];
  return parseCertificate((selfIssued === true ? selfSigned({ extra }) : signer.issue({ extra })).der);
}

/** Steps from the certificate below the anchor down to the leaf. */
function run(certificates: readonly Certificate[], request?: PolicyRequest, anchor?: Certificate): boolean {
  const tree = new PolicyTree(certificates.length, request);
  if (anchor !== undefined && tree.begin(anchor) !== undefined) return false;
  return certificates.every((step, index) => {
    const final = index === certificates.length - 1;
    if (tree.process(step, final) !== undefined) return false;
    return (final ? tree.wrapUp(step) : tree.prepareNext(step)) === undefined;
  });
}

const accepts = (steps: readonly Step[], request?: PolicyRequest) => run(steps.map(certificate), request);

test('without a requirement, no policy is needed', () => {
  expect(accepts([{}, {}])).toBe(true);
  expect(accepts([{ policies: [p1] }, { policies: [p2] }])).toBe(true);
  expect(accepts([{}, {}], { initial: [p1] })).toBe(true);
});

describe('explicit policy', () => {
  const explicit = { explicit: true };
  test('one policy over the whole path', () => {
    expect(accepts([{ policies: [p1] }, { policies: [p1, p2] }], explicit)).toBe(true);
    expect(accepts([{ policies: [p1] }, { policies: [p2] }], explicit)).toBe(false);
    expect(accepts([{ policies: [p1] }, {}], explicit)).toBe(false);
    expect(accepts([{}, { policies: [p1] }], explicit)).toBe(false);
  });
  test('the accepted ones', () => {
    const path = [{ policies: [p1, p2] }, { policies: [p2] }];
    expect(accepts(path, { explicit: true, initial: [p2] })).toBe(true);
    expect(accepts(path, { explicit: true, initial: [p1] })).toBe(false);
    expect(accepts(path, { explicit: true, initial: [p1, any] })).toBe(true);
    expect(accepts(path, { explicit: true, initial: [] })).toBe(false);
  });
  test('required by a certificate: now, or some certificates later', () => {
    expect(accepts([{ explicit: 0 }, {}])).toBe(false);
    expect(accepts([{ explicit: 1 }, {}])).toBe(false);
    expect(accepts([{ explicit: 2 }, {}])).toBe(true);
    expect(accepts([{ explicit: 1 }, { selfIssued: true }, {}])).toBe(false);
    expect(accepts([{}, { explicit: 0 }])).toBe(false);
    expect(accepts([{}, { explicit: 1 }])).toBe(true);
  });
});

describe('anyPolicy', () => {
  const explicit = { explicit: true };
  test('stands for every policy', () => {
    expect(accepts([{ policies: [any] }, { policies: [p1] }], explicit)).toBe(true);
    expect(accepts([{ policies: [p1] }, { policies: [any] }], { explicit: true, initial: [p1] })).toBe(true);
    expect(accepts([{ policies: [p1] }, { policies: [any] }], { explicit: true, initial: [p2] })).toBe(false);
    expect(accepts([{ policies: [any] }, { policies: [any] }], { explicit: true, initial: [p2] })).toBe(true);
  });
  test('can be inhibited, but not in a self-issued CA', () => {
    const inhibited = { explicit: true, inhibitAny: true };
    expect(accepts([{ policies: [any] }, { policies: [p1] }], inhibited)).toBe(false);
    expect(accepts([{ policies: [p1] }, { policies: [any] }], inhibited)).toBe(false);
    expect(accepts([{ policies: [any], selfIssued: true }, { policies: [p1] }], inhibited)).toBe(true);
    expect(accepts([{ policies: [p1], inhibitAny: 0 }, { policies: [any] }], explicit)).toBe(false);
    expect(accepts([{ policies: [p1], inhibitAny: 1 }, { policies: [any] }], explicit)).toBe(true);
  });
});

describe('mappings', () => {
  const mapped = [{ policies: [p1], mappings: [[p1, p2] as const] }, { policies: [p2] }];
  test("the subject's policy counts as the issuer's", () => {
    expect(accepts(mapped, { explicit: true, initial: [p1] })).toBe(true);
    expect(accepts(mapped, { explicit: true, initial: [p2] })).toBe(false);
    expect(accepts([mapped[0] ?? {}, { policies: [p1] }], { explicit: true })).toBe(false);
  });
  test('through anyPolicy', () => {
    const path = [{ policies: [any], mappings: [[p1, p2] as const] }, { policies: [p2] }];
    expect(accepts(path, { explicit: true, initial: [p1] })).toBe(true);
    expect(accepts(path, { explicit: true, initial: [p3] })).toBe(false);
  });
  test('inhibited', () => {
    expect(accepts(mapped, { explicit: true, inhibitMapping: true })).toBe(false);
    expect(accepts([{ policies: [p1], inhibitMapping: 0 }, ...mapped], { explicit: true })).toBe(false);
    expect(accepts([{ policies: [p1], inhibitMapping: 1 }, ...mapped], { explicit: true })).toBe(true);
  });
  test('never to or from anyPolicy, whatever is required', () => {
    expect(accepts([{ policies: [p1], mappings: [[any, p1]] }, {}])).toBe(false);
    expect(accepts([{ policies: [p1], mappings: [[p1, any]] }, {}])).toBe(false);
    expect(accepts([{ mappings: [[p1, p2]] }, {}])).toBe(true);
  });
  test('that would double a tree at every certificate stay small', () => {
    const step = {
      policies: [p1, p2],
      mappings: [p1, p2].flatMap((from) => [p1, p2].map((to) => [from, to] as const)),
    };
    const one = certificate(step);
    const path = Array.from({ length: 60 }, () => one);
    expect(run(path, { explicit: true, initial: [p1] })).toBe(true);
    expect(run(path, { explicit: true, initial: [p3] })).toBe(false);
  });
});

describe('what an anchor says holds (RFC 5937 §3.2)', () => {
  const under = (anchor: Step, steps: readonly Step[], request?: PolicyRequest) =>
    run(steps.map(certificate), request, certificate({ ...anchor, selfIssued: true }));
  test('it requires a policy, now or some certificates later', () => {
    expect(under({ explicit: 0 }, [{}, {}])).toBe(false);
    expect(under({ explicit: 0 }, [{ policies: [p1] }, { policies: [p1] }])).toBe(true);
    expect(under({ explicit: 1 }, [{}, {}])).toBe(false);
    expect(under({ explicit: 2 }, [{}, {}])).toBe(false);
    expect(under({ explicit: 3 }, [{}, {}])).toBe(true);
  });
  test('it inhibits anyPolicy and mappings', () => {
    const anyWay = [{ policies: [any] }, { policies: [p1] }];
    expect(under({ explicit: 0 }, anyWay)).toBe(true);
    expect(under({ explicit: 0, inhibitAny: 0 }, anyWay)).toBe(false);
    const mapped = [{ policies: [p1], mappings: [[p1, p2] as const] }, { policies: [p2] }];
    expect(under({ explicit: 0 }, mapped)).toBe(true);
    expect(under({ explicit: 0, inhibitMapping: 0 }, mapped)).toBe(false);
  });
  test('its policies and mappings are where a path begins; without any, every policy will do', () => {
    const explicit = { explicit: true };
    expect(under({}, [{ policies: [p1] }], explicit)).toBe(true);
    expect(under({ policies: [p1] }, [{ policies: [p1] }], explicit)).toBe(true);
    expect(under({ policies: [p1] }, [{ policies: [p2] }], explicit)).toBe(false);
    expect(under({ policies: [p1], mappings: [[p1, p2]] }, [{ policies: [p2] }], explicit)).toBe(true);
    expect(under({ policies: [p1], mappings: [[any, p2]] }, [{ policies: [p1] }])).toBe(false);
  });
});

test('agrees with the tree of RFC 5280 on random paths, also under an anchor that says something', () => {
  const policy = fc.constantFrom(p1, p2, p3, any);
  const skip = fc.option(fc.nat(2), { nil: undefined, freq: 2 });
  const step = fc.record({
    policies: fc.uniqueArray(policy, { maxLength: 3 }),
    mappings: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.tuple(fc.constantFrom(p1, p2, p3), fc.constantFrom(p1, p2, p3)), { maxLength: 3 }),
      },
    ),
    explicit: skip,
    inhibitMapping: skip,
    inhibitAny: skip,
    selfIssued: fc.boolean(),
  });
  const request = fc.record({
    initial: fc.option(fc.uniqueArray(policy, { maxLength: 2 }), { nil: undefined }),
    explicit: fc.boolean(),
    inhibitMapping: fc.boolean(),
    inhibitAny: fc.boolean(),
  });
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), request, (steps, asked) => {
      const certificates = steps.map(certificate);
      const expected = referencePolicies(certificates, asked);
      seen[expected ? 'accepted' : 'refused'] += 1;
      expect(run(certificates, asked)).toBe(expected);
      const [first, ...below] = certificates;
      if (first === undefined || below.length === 0) return;
      // an anchor is what a self-issued CA above the path would be; one without policies has them all
      const [top] = steps;
      const above = certificate({
        ...top,
        policies: top?.policies.length === 0 ? [any] : top?.policies,
        selfIssued: true,
      });
      expect(run(below, asked, certificate({ ...top, selfIssued: true }))).toBe(
        referencePolicies([above, ...below], asked),
      );
    }),
    { numRuns: 600 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(50);
});
