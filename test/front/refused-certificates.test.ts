import { pemFromDer } from '../../src/core/x509/pem.ts';
import { stringTag } from '../../src/core/x509/write-der.ts';
import { extension } from '../../src/core/x509/write-extension.ts';
import { ca, type IssueSpec, keyPair } from '../pki.ts';
import { acmeSubject, type HostileFront, openHostileFront } from './hostile-front.ts';
import { ask, dial, type Partner, readAll } from './partner.ts';

let front: HostileFront;
beforeAll(async () => {
  front = await openHostileFront();
});
afterAll(() => front.close());

const minute = 60_000;
const acme = (spec: IssueSpec = {}) => front.issuedBy('Acme Issuing', { subject: acmeSubject, ...spec });
const named = (commonName: string, spec: IssueSpec = {}) =>
  acme({ subject: [...acmeSubject.slice(0, 2), [{ type: 'CN', value: commonName }]], ...spec });
const withSan = (name: Parameters<typeof extension.subjectAltName>[0][number], spec: IssueSpec = {}) =>
  acme({ subject: 'whoever', names: [name], ...spec });

/** What the backend saw must not have changed by anything in this file but the calls that are meant to pass. */
async function outcome(partner: Partner, path = '/orders/7', method = 'GET') {
  const before = front.served.length;
  const reply = await ask(front.dev, partner, path, { method });
  return { status: reply.status, codes: front.codesOf(reply), reached: front.served.length - before, reply };
}

/** `codes`: what the log holds. A refusal by the edge has one code and no reference. */
async function expectRefused(partner: Partner, codes: readonly string[]): Promise<string> {
  const { status, codes: found, reached, reply } = await outcome(partner);
  expect({ status, codes: found, reached }).toEqual({ status: 403, codes, reached: 0 });
  return reply.text;
}

describe('who gets through', () => {
  test('the registered subject from its authority, with intermediates or without', async () => {
    const { status, codes, reached } = await outcome(acme());
    expect({ status, codes, reached }).toEqual({ status: 200, codes: [], reached: 1 });
    const leaf = acme();
    const chainPem = leaf.pem + pemFromDer(front.caNamed('Acme Issuing').der);
    expect((await outcome({ ...leaf, chainPem })).status).toBe(200);
  });

  test('the same subject in other case and string types: RFC 5280 §7.1 calls it the same name', async () => {
    const subject = [
      [{ type: 'C', value: 'nl' }],
      [{ type: 'O', value: 'ACME,  Inc.', tag: stringTag.bmp }],
      [{ type: 'CN', value: 'Orders-Client', tag: stringTag.printable }],
    ];
    expect((await outcome(acme({ subject }))).status).toBe(200);
  });

  test('a registered SAN in other case where case does not count', async () => {
    expect((await outcome(withSan({ dns: 'STOCK.acme.example' }), '/stock/1')).status).toBe(200);
  });
});

describe('whose certificate', () => {
  test('no certificate: the connection ends without an answer', async () => {
    const before = front.events.length;
    const socket = await dial(front.dev, undefined).catch(() => undefined);
    if (socket !== undefined) {
      const reading = readAll(socket);
      socket.write('GET /orders/7 HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
      expect(await reading).toBe('');
    }
    expect(front.events.slice(before)).toContainEqual({ kind: 'no-certificate', address: '127.0.0.1' });
  });

  test('an unknown CA', async () => {
    const text = await expectRefused(ca({ subject: 'Nobody' }).issue({ subject: acmeSubject }), ['issuer_unknown']);
    expect(text).toBe('{"message":"Forbidden"}');
  });

  test('an unknown CA with the very name of a known one', async () => {
    const { der } = front.caNamed('Acme Issuing').subject;
    const twin = ca({ subject: { der } });
    await expectRefused(twin.issue({ subject: acmeSubject }), ['signature_invalid']);
    await expectRefused(twin.issue({ subject: acmeSubject, without: ['2.5.29.35'] }), ['signature_invalid']);
  });

  test('the right subject from another trusted authority', async () => {
    const text = await expectRefused(front.issuedBy('Globex Root', { subject: acmeSubject }), ['authority_differs']);
    expect(JSON.parse(text)).toMatchObject({ reason: 'undisclosed' });
  });

  test("issued by the authority's root", async () => {
    await expectRefused(front.issuedBy('Acme Root', { subject: acmeSubject }), ['issuer_not_allowed']);
  });

  test('issued by a CA of the authority that is not one of its issuers', async () => {
    await expectRefused(front.issuedBy('Acme Servers', { subject: acmeSubject }), ['issuer_not_allowed']);
  });

  test('an intermediate that only the client sends', async () => {
    const root = front.caNamed('Acme Root');
    const between = ca({ subject: 'Only Sent' });
    const sent = front.issuedBy('Acme Root', {
      subject: 'Only Sent',
      key: between,
      extensions: [extension.basicConstraints(true), extension.keyUsage(['keyCertSign'])],
    });
    const leaf = between.issue({ subject: acmeSubject });
    await expectRefused({ ...leaf, chainPem: leaf.pem + sent.pem + pemFromDer(root.der) }, ['issuer_unknown']);
  });

  test('a certificate of our own making under a client certificate', async () => {
    const own = acme();
    const below = ca().issue({ subject: acmeSubject, issuer: acmeSubject, signWith: own.privateKey });
    await expectRefused({ ...below, chainPem: below.pem + own.pem }, ['issuer_unknown']);
  });

  test('self-signed with a registered subject', async () => {
    const forger = ca({ subject: acmeSubject });
    await expectRefused(forger, ['self_signed']);
  });

  test('a five-level chain', async () => {
    const four = front.issuedBy('Deep CA 4', { subject: 'deep-client' });
    expect((await outcome(four)).status).toBe(200);
    await expectRefused(front.issuedBy('Deep CA 5', { subject: 'deep-client' }), ['chain_too_long']);
  });

  test('a pinned certificate under another key, or renewed', async () => {
    const pinned = front.dev.twins().identities.find(({ client }) => client === 'initech');
    if (pinned === undefined) throw new Error('no twin');
    expect((await outcome(pinned, '/orders', 'POST')).status).toBe(200);
    const { subject } = pinned.certificate;
    await expectRefused(ca({ subject: { der: subject.der } }), ['self_signed']);
    await expectRefused(acme({ subject: { der: subject.der } }), ['identity_unknown']);
  });
});

describe('what kind of certificate', () => {
  test.each<[string, IssueSpec, string[]]>([
    ['expired', { notAfter: Date.now() - minute }, ['expired']],
    ['not yet valid', { notBefore: Date.now() + minute }, ['not_yet_valid']],
    ['for servers only', { purposes: ['serverAuth'] }, ['certificate_not_for_clients']],
    ['for e-mail only', { purposes: ['emailProtection'] }, ['certificate_not_for_clients']],
    [
      'a CA certificate',
      { extra: [extension.basicConstraints(true), extension.keyUsage(['digitalSignature', 'keyCertSign'])] },
      ['certificate_is_ca'],
    ],
    ['a key that may not sign', { extra: [extension.keyUsage(['keyEncipherment'])] }, ['certificate_key_usage']],
    ['SHA-1', { signatureHash: 'sha1' }, ['signature_not_allowed']],
    ['RSA-1024', { key: 'rsa1024' }, ['key_not_allowed']],
    ['P-521', { key: 'p521' }, ['key_not_allowed']],
    ['secp256k1', { key: 'secp256k1' }, ['key_not_allowed']],
    ['Ed25519', { key: 'ed25519' }, ['key_not_allowed']],
    [
      'an unknown critical extension',
      { extra: [extension.raw('1.2.3.4.5', Uint8Array.of(5, 0), true)] },
      ['certificate_critical_extension'],
    ],
    ['a signature with one bit changed', { alterSignature: flipped }, ['signature_invalid']],
  ])('%s', async (_, spec, codes) => {
    const leaf = acme(spec);
    // secp256k1 has no place in a TLS 1.3 handshake: there the edge never hears of it.
    if (spec.key === 'secp256k1') await expect(ask(front.dev, leaf, '/orders/7')).rejects.toThrow();
    else await expectRefused(leaf, codes);
  });

  test('the algorithms that are meant to pass do', async () => {
    for (const key of ['p256', 'p384', 'rsa2048', 'rsa3072'] as const) {
      expect([key, (await outcome(acme({ key }))).status]).toEqual([key, 200]);
    }
  });

  test('its own mistake is told to a registered client, and nothing that it could use', async () => {
    const { reply } = await outcome(acme({ purposes: ['serverAuth'] }));
    expect(JSON.parse(reply.text)).toEqual({
      message: 'Forbidden',
      reference: expect.stringMatching(/^[0-9a-z]{20}$/),
      reason: 'certificate_not_for_clients',
      yourAddress: '127.0.0.1',
      support: 'api-team@example.com',
    });
    expect(reply.headers['x-sallyport-reference']).toBe(JSON.parse(reply.text).reference);
  });
});

function flipped(signature: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(signature);
  const last = changed.length - 1;
  changed[last] = (changed[last] ?? 0) ^ 1;
  return changed;
}

describe('names that look like the registered one', () => {
  test.each<[string, string]>([
    ['a Cyrillic o', '\u043erders-client'],
    ['a zero-width joiner', 'orders\u200d-client'],
    ['a soft hyphen', 'orders\u00ad-client'],
    ['a full-width letter', '\uff4frders-client'],
    ['a no-break space', 'orders-client\u00a0'],
    ['a right-to-left override', '\u202eorders-client'],
    ['a non-breaking hyphen', 'orders\u2011client'],
    ['a byte order mark', '\ufefforders-client'],
    ['the whole name in its common name', 'orders-client, O=Acme\\, Inc., C=NL'],
    ['an escape', 'orders\\-client'],
    ['a plus', 'orders-client+O=Acme'],
  ])('%s', async (_, commonName) => {
    await expectRefused(named(commonName), ['identity_unknown']);
  });

  test.each<[string, string]>([
    ['a NUL', 'orders-client\0.evil.example'],
    ['a newline', 'orders-client\nCN=other'],
    ['an escape sequence of terminals', 'orders-client\u001b[2J'],
    ['a line separator', 'orders-client\u2028'],
  ])('%s makes the certificate malformed', async (_, commonName) => {
    await expectRefused(named(commonName), ['certificate_malformed']);
  });

  test('an organisation with a comma is not two attributes', async () => {
    const subject = [[{ type: 'C', value: 'NL' }], [{ type: 'O', value: 'Acme, Inc., CN=orders-client' }]];
    await expectRefused(acme({ subject }), ['identity_unknown']);
    const split = [...acmeSubject.slice(0, 1), [{ type: 'O', value: 'Acme' }], [{ type: 'O', value: 'Inc.' }]];
    await expectRefused(acme({ subject: [...split, ...acmeSubject.slice(2)] }), ['identity_unknown']);
  });

  test('the same attributes in one multi-valued RDN, or in another order', async () => {
    await expectRefused(acme({ subject: [acmeSubject.flat()] }), ['identity_unknown']);
    await expectRefused(acme({ subject: [...acmeSubject].reverse() }), ['identity_unknown']);
  });

  test('one attribute more, less, or twice', async () => {
    const commonName = [{ type: 'CN', value: 'orders-client' }];
    await expectRefused(acme({ subject: [...acmeSubject, commonName] }), ['identity_unknown']);
    await expectRefused(acme({ subject: acmeSubject.slice(1) }), ['identity_unknown']);
    await expectRefused(acme({ subject: [], names: [{ dns: 'nobody.acme.example' }] }), ['identity_unknown']);
  });

  test.each<[string, Parameters<typeof withSan>[0]]>([
    ['a wildcard over the registered DNS name', { dns: '*.acme.example' }],
    ['a name above it', { dns: 'acme.example' }],
    ['a name below it', { dns: 'x.stock.acme.example' }],
    ['a trailing dot', { dns: 'stock.acme.example.' }],
    ['the DNS name as a URI', { uri: 'https://stock.acme.example' }],
    ['the DNS name as an e-mail address', { email: 'x@stock.acme.example' }],
  ])('%s', async (_, name) => {
    await expectRefused(withSan(name), ['identity_unknown']);
  });

  test('the registered DNS name as common name only', async () => {
    await expectRefused(acme({ subject: 'stock.acme.example' }), ['identity_unknown']);
  });

  test.each([
    ['another case of the path', 'spiffe://globex.example/Orders'],
    ['a slash more', 'spiffe://globex.example/orders/'],
    ['an encoded letter', 'spiffe://globex.example/%6frders'],
    ['a user in front of the host', 'spiffe://x@globex.example/orders'],
  ])('a URI with %s', async (_, uri) => {
    await expectRefused(front.issuedBy('Globex Root', { subject: 'whoever', names: [{ uri }] }), ['identity_unknown']);
  });

  test('a SAN of one authority under another', async () => {
    const uri = 'spiffe://globex.example/orders';
    await expectRefused(withSan({ uri }), ['authority_differs']);
  });

  test('a certificate that could be two clients is none', async () => {
    const both = acme({ names: [{ dns: 'stock.acme.example' }] });
    await expectRefused(both, ['identity_ambiguous', 'identity_ambiguous']);
  });
});

test('a subject that imitates a log line stays inside its record', async () => {
  const commonName = '","outcome":"allow","client":"acme"},{"type":"decision","x":"\u2067';
  const reply = await ask(front.dev, named(commonName), '/orders/7');
  const [reference] = /[0-9a-z]{20}/.exec(reply.text) ?? [''];
  const record = front.dev.decisionOf(reference);
  expect(record).toMatchObject({ outcome: 'deny', reference });
  expect(record?.client).toBeUndefined();
  expect(record?.certificate?.subject).toMatch(/^CN=\\22\\,|^CN=\\"/);
  expect(JSON.stringify(record)).toMatch(/^[\x20-\x7e]+$/);
});

test('a key made for one certificate does not serve another', async () => {
  const registered = acme();
  const other = keyPair('p256', 'another');
  const keyPem = other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await expect(ask(front.dev, { chainPem: registered.chainPem, keyPem }, '/orders/7')).rejects.toThrow();
});
