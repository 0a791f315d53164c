import { decide } from '../../../src/core/decide/decide.ts';
import { IdentityCache } from '../../../src/core/decide/identities.ts';
import type { RevocationIndex } from '../../../src/core/revocation/index.ts';
import { during } from '../../pki.ts';
import {
  acme,
  acmeIssuing,
  acmeRoot,
  asking,
  client,
  codes,
  denied,
  exactly,
  orders,
  registryWith,
  subjectOf,
} from './fixture.ts';
import { acmeRevocations, hour, listsRegistry } from './revocation-fixture.ts';

const registry = listsRegistry();
const clean = acmeRevocations();
const lapsed = acmeRevocations([], { thisUpdate: during - 9 * hour, nextUpdate: during - hour });
const asked = (revocations: RevocationIndex | undefined, rest: object = {}, where = registry) =>
  codes(asking(orders.der, where, { revocations, ...rest }));

test('good in every list: allowed', () => {
  expect(asked(clean)).toEqual(['allow']);
});

test('an authority without lists, in writing, is not looked up', () => {
  expect(asked(acmeRevocations([orders]), {}, registryWith([acme]))).toEqual(['allow']);
});

describe('revoked', () => {
  test('is refused, whatever else the file allows', () => {
    const lenient = listsRegistry({ missing: 'allow', stale: 'allow', exemptUnderHours: 8760 * 30 });
    expect(asked(acmeRevocations([orders]), {}, lenient)).toEqual(['certificate_revoked']);
    expect(asked(acmeRevocations([acmeIssuing]), {}, lenient)).toEqual(['issuer_revoked']);
    const old = { thisUpdate: during - 9 * hour, nextUpdate: during - hour };
    expect(asked(acmeRevocations([orders], old), {}, lenient)).toEqual(['certificate_revoked']);
  });

  test('says which certificate and which list, and tells the caller nothing', () => {
    const refusal = denied(asking(orders.der, registry, { revocations: acmeRevocations([orders]), method: 'PUT' }));
    expect(refusal.reasons).toEqual([
      {
        code: 'certificate_revoked',
        client: 'acme',
        authority: 'acme-ca',
        found: expect.stringMatching(
          /^serial [0-9a-f]+ of O=Acme,CN=Acme Issuing: list of 2026-05-31T23:00:00.000Z, until /,
        ),
      },
    ]);
    // a revoked certificate proves nothing: somebody else may hold its key
    expect([refusal.client, refusal.disclosed]).toEqual([undefined, undefined]);
  });
});

describe('missing and stale are what the file says', () => {
  test.each([
    ['missing', undefined],
    ['stale', lapsed],
  ] as const)('%s', (choice, index) => {
    expect(asked(index, {}, listsRegistry({ [choice]: 'allow' }))).toEqual(['allow']);
    expect(asked(index, {}, listsRegistry({ missing: 'allow', stale: 'allow', [choice]: 'deny' }))).toEqual([
      `revocation_${choice}`,
      `revocation_${choice}`,
    ]);
  });

  test('a list of the issuing CA alone leaves the CA itself without one', () => {
    const partial = acmeRevocations([], {}, [acmeIssuing]);
    expect(denied(asking(orders.der, registry, { revocations: partial })).reasons).toEqual([
      {
        code: 'revocation_missing',
        client: 'acme',
        authority: 'acme-ca',
        found: expect.stringMatching(/^serial [0-9a-f]+ of O=Acme,CN=Acme Root: there is no list of this CA$/),
        at: { file: 'truststore/authorities/acme-ca.yaml', line: 1 },
      },
    ]);
  });

  test('the path proves whose it is, so that its other mistakes are told as well', () => {
    const refusal = denied(asking(orders.der, registry, { method: 'DELETE' }));
    expect(refusal.client?.name).toBe('acme');
    expect(refusal.disclosed).toBe('method_not_allowed');
    expect(refusal.reasons.map(({ code }) => code)).toEqual([
      'revocation_missing',
      'revocation_missing',
      'method_not_allowed',
    ]);
  });

  test('maxAgeHours', () => {
    const young = listsRegistry({ maxAgeHours: 2 });
    expect(asked(clean, { now: during + hour }, young)).toEqual(['allow']);
    expect(asked(clean, { now: during + hour + 1000 }, young)).toEqual(['revocation_stale', 'revocation_stale']);
  });

  test('exemptUnderHours: a certificate made for less needs no list, the CA above it does', () => {
    const brief = acmeIssuing.issue({
      subject: { CN: 'brief' },
      notBefore: during - hour,
      notAfter: during + 22 * hour,
    });
    const clients = [client('brief', [subjectOf(brief, 'acme-ca')])];
    const ask = (exemptUnderHours: number, index: RevocationIndex) =>
      codes(asking(brief.der, listsRegistry({ exemptUnderHours }, clients), { revocations: index }));
    const rootOnly = acmeRevocations([], {}, [acmeRoot]);
    expect(ask(24, rootOnly)).toEqual(['allow']);
    expect(ask(23, rootOnly)).toEqual(['revocation_missing']);
    expect(ask(24, acmeRevocations([], {}, []))).toEqual(['revocation_missing']);
    expect(ask(24, acmeRevocations([brief]))).toEqual(['certificate_revoked']);
  });
});

test('a certificate that is registered itself has no issuer to ask', () => {
  const pinned = listsRegistry({}, [client('pinned', [exactly(orders)])]);
  expect(asked(acmeRevocations([orders]), {}, pinned)).toEqual(['allow']);
});

test("of a certificate that is nobody's it is said as well", () => {
  const nobody = acmeIssuing.issue({ subject: { CN: 'nobody' } });
  expect(codes(asking(nobody.der, registry, { revocations: acmeRevocations([nobody]) }))).toEqual([
    'certificate_revoked',
    'identity_unknown',
  ]);
});

describe('the identity cache', () => {
  const remembered = (where = registry, index: RevocationIndex | undefined = clean) => {
    const identities = new IdentityCache();
    expect(asked(index, { identities }, where)).toEqual(['allow']);
    return identities;
  };

  test('an entry does not outlive nextUpdate, nor reach back before thisUpdate', () => {
    const identities = remembered(listsRegistry({ maxAgeHours: 480 }));
    const at = (now: number) => asked(clean, { identities, now }, listsRegistry({ maxAgeHours: 480 }));
    expect(at(during + 24 * hour + 999)).toEqual(['allow']);
    expect(at(during + 24 * hour + 1000)).toEqual(['revocation_stale', 'revocation_stale']);
    expect(at(during - hour - 1)).toEqual(['revocation_stale', 'revocation_stale']);
    expect(at(during)).toEqual(['allow']);
  });

  test('an entry does not outlive maxAgeHours', () => {
    const young = listsRegistry({ maxAgeHours: 2 });
    const identities = remembered(young);
    expect(asked(clean, { identities, now: during + hour + 999 }, young)).toEqual(['allow']);
    expect(asked(clean, { identities, now: during + hour + 1000 }, young)).toEqual([
      'revocation_stale',
      'revocation_stale',
    ]);
  });

  test('other lists are looked at at once', () => {
    const identities = remembered();
    expect(asked(acmeRevocations([orders]), { identities })).toEqual(['certificate_revoked']);
    expect(asked(clean, { identities })).toEqual(['allow']);
    expect(asked(undefined, { identities })).toEqual(['revocation_missing', 'revocation_missing']);
  });

  test('what was allowed without a list is looked at again when there is one', () => {
    const lenient = listsRegistry({ missing: 'allow' });
    const identities = new IdentityCache();
    expect(asked(undefined, { identities }, lenient)).toEqual(['allow']);
    expect(asked(acmeRevocations([orders]), { identities }, lenient)).toEqual(['certificate_revoked']);
  });

  test('another registry, in which the authority wants lists', () => {
    const identities = new IdentityCache();
    expect(asked(undefined, { identities }, registryWith([acme]))).toEqual(['allow']);
    expect(asked(undefined, { identities })).toEqual(['revocation_missing', 'revocation_missing']);
  });

  test("the client's date, address and path are looked at every time", () => {
    const narrow = listsRegistry({ maxAgeHours: 480 }, [
      { ...acme, validUntil: '2026-06-01', addresses: ['203.0.113.0/24'] },
    ]);
    const identities = remembered(narrow);
    const ask = (rest: object) => asked(clean, { identities, ...rest }, narrow);
    expect(ask({ address: '198.51.100.1' })).toEqual(['address_not_allowed']);
    expect(ask({ path: '/admin' })).toEqual(['path_not_allowed', 'route_missing']);
    expect(ask({ now: during + 24 * hour })).toEqual(['client_no_longer_valid']);
    expect(ask({})).toEqual(['allow']);
  });

  test('a revoked certificate is never remembered', () => {
    const identities = new IdentityCache();
    decide(asking(orders.der, registry, { revocations: acmeRevocations([orders]), identities }));
    expect(identities.size).toBe(0);
  });
});
