import fc from 'fast-check';
import { evaluatePolicy, matchesWildcards } from '../../../src/local/api-gateway/policy.ts';

const api = 'arn:aws:execute-api:eu-west-1:222222222222:abc123';
const asked = `${api}/live/GET/orders/7`;
const one = (Effect: string, Resource: unknown, Action: unknown = 'execute-api:Invoke') => ({
  Version: '2012-10-17',
  Statement: [{ Action, Effect, Resource }],
});

describe('the policy of an authorizer, against one method ARN', () => {
  test.each([
    ['everything below the method', `${api}/live/GET/*`, 'allow'],
    ['everything', '*', 'allow'],
    ['a question mark is one character', `${api}/live/G?T/orders/7`, 'allow'],
    ['a star crosses slashes and colons', 'arn:*/7', 'allow'],
    ['one of several resources', [`${api}/live/POST/*`, `${api}/live/GET/orders/*`], 'allow'],
    ['another method', `${api}/live/POST/*`, 'no-match'],
    ['another stage', `${api}/test/GET/*`, 'no-match'],
    ['another API', 'arn:aws:execute-api:eu-west-1:222222222222:zzz/live/GET/*', 'no-match'],
    ['a question mark is not none', `${api}/live/GET/orders/7?`, 'no-match'],
    ['case matters', `${api}/live/get/*`, 'no-match'],
  ])('%s', (_, resource, verdict) => {
    expect(evaluatePolicy(one('Allow', resource), asked)).toBe(verdict);
  });

  test('an explicit Deny wins, wherever it stands', () => {
    const allow = { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' };
    const deny = { Action: 'execute-api:Invoke', Effect: 'Deny', Resource: `${api}/live/GET/*` };
    expect(evaluatePolicy({ Statement: [deny, allow] }, asked)).toBe('explicit-deny');
    expect(evaluatePolicy({ Statement: [allow, deny] }, asked)).toBe('explicit-deny');
    expect(evaluatePolicy({ Statement: [allow, { ...deny, Resource: 'arn:other' }] }, asked)).toBe('allow');
    expect(evaluatePolicy({ Statement: deny }, asked)).toBe('explicit-deny');
  });

  test('actions', () => {
    expect(evaluatePolicy(one('Allow', '*', 'execute-api:*'), asked)).toBe('allow');
    expect(evaluatePolicy(one('Allow', '*', ['s3:GetObject', 'Execute-API:invoke']), asked)).toBe('allow');
    expect(evaluatePolicy(one('Allow', '*', 's3:GetObject'), asked)).toBe('no-match');
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'Allow'],
    ['no statement', { Version: '2012-10-17' }],
    ['an empty list', { Statement: [] }],
    ['a statement that is text', { Statement: ['Allow'] }],
    ['another effect', one('allow', '*')],
    ['no resource', one('Allow', undefined)],
    ['no action', one('Allow', '*', [])],
    ['a resource that is a number', one('Allow', 1)],
    ['a resource over 512 characters', one('Allow', `${api}/live/GET/${'a'.repeat(512)}`)],
    ['a condition, which we do not emulate', { Statement: [{ ...one('Allow', '*').Statement[0], Condition: {} }] }],
  ])('malformed: %s', (_, document) => {
    expect(evaluatePolicy(document, asked)).toBe('malformed');
  });

  test('wildcards mean what a regular expression of them means', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (wild, plain) => {
        const source = wild.replace(/[*?]/g, (mark) => (mark === '*' ? '.*' : '.'));
        expect(matchesWildcards(wild, plain)).toBe(new RegExp(`^${source}$`).test(plain));
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever JSON it is: a verdict', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        expect(evaluatePolicy(document, asked)).toBe('malformed');
      }),
    );
  });
});
