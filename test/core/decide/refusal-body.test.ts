import fc from 'fast-check';
import { fillTemplate, refusalTemplate, refusalValues } from '../../../src/core/decide/refusal-body.ts';

const refusal = { reference: '01234567000000000000', reason: 'address_not_allowed', address: '198.51.100.9' };

describe('the body of a refusal', () => {
  test('is a gateway response template of plain substitutions', () => {
    expect(refusalTemplate({ support: { email: 'api-team@acme.example' } })).toBe(
      '{"message":"Forbidden","reference":"$context.authorizer.reference","reason":"$context.authorizer.reason",' +
        '"yourAddress":"$context.identity.sourceIp","support":"api-team@acme.example"}',
    );
    expect(JSON.parse(refusalTemplate({ support: { url: 'https://acme.example/help' } })).support).toBe(
      'https://acme.example/help',
    );
    expect(JSON.parse(refusalTemplate({ support: {} })).support).toBe('');
  });

  test('filled, it names the reference, the reason and the caller’s own address', () => {
    const filled = fillTemplate(
      refusalTemplate({ support: { email: 'api-team@acme.example' } }),
      refusalValues(refusal),
    );
    expect(JSON.parse(filled)).toEqual({
      message: 'Forbidden',
      reference: '01234567000000000000',
      reason: 'address_not_allowed',
      yourAddress: '198.51.100.9',
      support: 'api-team@acme.example',
    });
  });

  test('a variable nobody knows is empty, also one that every object has', () => {
    expect(fillTemplate('"$context.authorizer.toString" "$context.constructor"', {})).toBe('"" ""');
  });

  test('stays one JSON object of five strings whatever the values and the support line are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, support) => {
        const template = refusalTemplate({ support: { email: support } });
        const filled = JSON.parse(fillTemplate(template, refusalValues({ ...refusal, reason: value })));
        expect(filled.reason).toBe(value.isWellFormed() ? value : filled.reason);
        expect(filled.support).toBe(support.replaceAll('$', '%24'));
        expect(Object.keys(filled)).toEqual(['message', 'reference', 'reason', 'yourAddress', 'support']);
      }),
    );
  });
});
