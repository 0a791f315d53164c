import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { foldName } from '../../src/core/fold-name.ts';
import { headerTable } from '../../src/core/header-table.ts';
import { pemFromDer } from '../../src/core/x509/pem.ts';
import { siblingOf } from '../ecdsa-sibling.ts';
import { blocksOf } from '../local/dev/blocks.ts';
import { acmeSubject, backendSecret, type HostileFront, openHostileFront } from './hostile-front.ts';
import { ask, type Partner, type PartnerCall, type Reply } from './partner.ts';

let front: HostileFront;
let acme: Partner;
let stock: Partner;
let globex: Partner;
beforeAll(async () => {
  front = await openHostileFront();
  acme = front.issuedBy('Acme Issuing', { subject: acmeSubject });
  stock = front.issuedBy('Acme Issuing', { subject: 'stock', names: [{ dns: 'stock.acme.example' }] });
  globex = front.issuedBy('Globex Root', { subject: 'g', names: [{ uri: 'spiffe://globex.example/orders' }] });
});
afterAll(() => front.close());

async function expectRefused(
  partner: Partner,
  target: string,
  codes: readonly string[],
  call: PartnerCall & { readonly status?: number } = {},
): Promise<Reply> {
  const before = front.served.length;
  const reply = await ask(front.dev, partner, target, call);
  const found = { status: reply.status, codes: front.codesOf(reply), reached: front.served.length - before };
  expect(found).toEqual({ status: call.status ?? 403, codes, reached: 0 });
  return reply;
}

describe('methods', () => {
  test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s on a path that may be read', async (method) => {
    await expectRefused(acme, '/orders/7', ['method_not_allowed'], { method });
  });

  test('POST to a path below the one that takes it', async () => {
    await expectRefused(acme, '/orders/7', ['method_not_allowed'], { method: 'POST' });
  });

  test.each(['TRACE', 'PROPFIND', 'PURGE'])('%s is none of the API', async (method) => {
    await expectRefused(acme, '/orders/7', [], { method });
  });

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    '%s changes neither the decision nor what the backend does',
    async (name) => {
      await expectRefused(acme, '/orders/7', ['method_not_allowed'], { method: 'DELETE', headers: [[name, 'GET']] });
      expect((await ask(front.dev, acme, '/orders/7', { headers: [[name, 'DELETE']] })).status).toBe(200);
      expect(front.served.at(-1)).toMatchObject({ method: 'GET', url: '/orders/7' });
      expect(front.served.at(-1)?.rawHeaders).not.toContain('DELETE');
    },
  );
});

describe('paths', () => {
  test.each([
    '/orders/../admin',
    '/orders/..',
    '/orders/./7',
    '/orders//7',
    '//orders/7',
    '/orders/7//',
    '/orders/%2e%2e/admin',
    '/orders/%2E%2e/admin',
    '/orders/.%2e/admin',
    '/orders/%2e',
    '/orders%2F7',
    '/orders%2f..%2fadmin',
    '/orders/%252e%252e/admin',
    '/orders/%25%32%65',
    '/orders/..%5cadmin',
    '/orders\\..\\admin',
    '/orders/%3fadmin=1',
    '/orders/%23',
    '/orders/#/../../admin',
    '/orders/..;/admin',
    '/orders/7;jsessionid=1',
    '/orders/7%3bjsessionid=1',
    '/orders/%00',
    '/orders/7%0d%0aX-Sallyport-Client:%20globex',
    '/orders/%0a',
    '/orders/%c0%ae%c0%ae/admin',
    '/orders/%c0%af',
    '/orders/%ff',
    '/orders/%u002e',
    '/orders/%',
    '/orders/%2',
    '/orders/\u0024{aws:x}',
    '/orders/{proxy+}',
    '/orders/a%7fb',
    '/orders/<script>',
  ])('%s', async (target) => {
    const reply = await expectRefused(acme, target, ['path_malformed']);
    expect(JSON.parse(reply.text).reason).toBe('path_malformed');
  });

  test('a path of 1,510 characters', async () => {
    await expectRefused(acme, `/orders/${'a'.repeat(1502)}`, ['path_malformed']);
  });

  test.each([
    '/Orders/7',
    '/ORDERS/7',
    '/order',
    '/ordersX',
    '/orders.json',
    '/admin',
    '/',
    '/*',
    '/orders*',
    '/%6frders2',
    '/%EF%BD%8Frders',
    '/stock/1',
  ])('%s', async (target) => {
    await expectRefused(acme, target, ['path_not_allowed']);
  });

  test('a trailing slash is another path', async () => {
    await expectRefused(acme, '/orders/', ['method_not_allowed'], { method: 'POST' });
    await expectRefused(stock, '/stock/7/', ['path_not_allowed']);
    expect((await ask(front.dev, acme, '/orders/')).status).toBe(200);
    expect(front.served.at(-1)?.url).toBe('/orders/');
  });

  test('one segment is one segment', async () => {
    await expectRefused(stock, '/stock/7/8', ['path_not_allowed']);
    await expectRefused(stock, '/stock', ['path_not_allowed']);
  });

  test('a path of 2,000 characters never reaches the authorizer', async () => {
    await expectRefused(acme, `/orders/${'a'.repeat(2000)}`, [], { status: 414 });
  });

  test('a target that is no path', async () => {
    await expectRefused(acme, '*', [], { method: 'OPTIONS', status: 400 });
    await expectRefused(acme, 'https://admin.example.com/orders/7', [], { status: 400 });
    await expectRefused(acme, 'http://api.example.com/orders/7', [], { status: 400 });
    await expectRefused(acme, 'https://api.example.com/admin', ['path_not_allowed']);
    await expectRefused(acme, 'orders/7', [], { status: 400 });
    await expectRefused(acme, '/orders/|', [], { status: 400 });
    await expectRefused(acme, '/orders/\u00e9', [], { status: 400 });
  });

  test('absolute form with our own host is the path behind it', async () => {
    expect((await ask(front.dev, acme, 'HTTPS://API.example.com/orders/7?a=1')).status).toBe(200);
    expect(front.served.at(-1)?.url).toBe('/orders/7?a=1');
  });

  test('what is allowed reaches the backend byte for byte', async () => {
    for (const target of ['/orders/%41%2D', '/orders/*', '/orders/$~!@,=:()', '/orders/%E2%82%AC', '/orders/...']) {
      expect([target, (await ask(front.dev, acme, target)).status]).toEqual([target, 200]);
      expect(front.served.at(-1)?.url).toBe(target);
    }
  });

  test('the query is no part of a rule and cannot become part of the path', async () => {
    for (const query of ['?/../admin', '?a=/../../admin', '?%23', '?a=%0d%0aX-Sallyport-Client:%20globex']) {
      expect((await ask(front.dev, acme, `/orders/7${query}`)).status).toBe(200);
      const { url, rawHeaders } = front.served.at(-1) ?? { url: '', rawHeaders: [] };
      expect(url.split('?')[0]).toBe('/orders/7');
      expect(url).toMatch(/^[\x21-\x7e]+$/);
      expect(rawHeaders).not.toContain('globex');
    }
    await expectRefused(acme, '/admin?/orders/7', ['path_not_allowed']);
  });
});

describe('conditions', () => {
  const forged: readonly (readonly [string, string])[] = [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-For', '203.0.113.7, 127.0.0.1'],
    ['Forwarded', 'for=203.0.113.7'],
    ['X-Real-IP', '203.0.113.7'],
    ['True-Client-IP', '203.0.113.7'],
    ['CF-Connecting-IP', '203.0.113.7'],
  ];
  test('a wrong address, whatever headers say about it', async () => {
    const reply = await expectRefused(globex, '/orders/7', ['address_not_allowed'], { headers: forged });
    expect(JSON.parse(reply.text)).toMatchObject({ reason: 'address_not_allowed', yourAddress: '127.0.0.1' });
    expect(reply.text).not.toContain('203.0.113');
  });

  test.each([
    ['early', 'client_not_yet_valid'],
    ['late', 'client_no_longer_valid'],
  ])('outside its dates: %s', async (name, code) => {
    const partner = front.issuedBy('Acme Issuing', { subject: 'x', names: [{ dns: `${name}.acme.example` }] });
    const reply = await expectRefused(partner, '/orders/7', [code]);
    expect(JSON.parse(reply.text).reason).toBe(code);
  });

  test('a blocked client, from the next request on, and told nothing', async () => {
    expect((await ask(front.dev, acme, '/orders/7')).status).toBe(200);
    const unblock = front.dev.block('acme');
    const reply = await expectRefused(acme, '/admin', ['client_blocked', 'path_not_allowed']);
    expect(JSON.parse(reply.text).reason).toBe('undisclosed');
    unblock();
    expect((await ask(front.dev, acme, '/orders/7')).status).toBe(200);
  });

  test('a blocked certificate, also with the other signature that its holder can give it', async () => {
    const partner = front.issuedBy('Acme Issuing', { subject: acmeSubject });
    const sibling = { chainPem: pemFromDer(siblingOf(partner.der)), keyPem: partner.keyPem };
    expect((await ask(front.dev, sibling, '/orders/7')).status).toBe(200);
    const sha256 = createHash('sha256').update(partner.der).digest('hex');
    const overlay = join(front.folder, '.sallyport/blocks.json');
    const seen = async (blocked: number) => {
      for (const until = Date.now() + 20_000; Date.now() < until; await wait(20))
        if (front.dev.overlay().certificates.size === blocked) return;
      throw new Error(`dev has not seen ${overlay} change within 20 s`);
    };
    writeFileSync(overlay, blocksOf({ certificate: sha256 }));
    await seen(1);
    await expectRefused(partner, '/orders/7', ['certificate_blocked']);
    await expectRefused(sibling, '/orders/7', ['certificate_blocked']);
    expect((await ask(front.dev, acme, '/orders/7')).status).toBe(200);
    writeFileSync(overlay, JSON.stringify({ format: 1, entries: [] }));
    await seen(0);
  });

  test('every reason at once, and the caller is told one of its own', async () => {
    const reply = await expectRefused(globex, '/admin', ['address_not_allowed', 'path_not_allowed']);
    expect(JSON.parse(reply.text).reason).toBe('address_not_allowed');
  });

  test('another Host is another domain', async () => {
    await expectRefused(acme, '/orders/7', [], { headers: [['Host', 'admin.example.com']] });
    await expectRefused(acme, '/orders/7', [], { headers: [['Host', 'api.example.com.']] });
    await expectRefused(acme, '/orders/7', [], { headers: [['Host', 'api.example.com@admin.example.com']] });
  });
});

describe('headers that a backend would believe', () => {
  /** Length, coding and routing of this very request: forged in the files about bytes, here only in other spellings. */
  const framing = new Set([
    'connection',
    'content-length',
    'expect',
    'host',
    'transfer-encoding',
    'upgrade',
    'trailer',
  ]);
  const names = headerTable
    .filter((rule) => rule.class !== 'gateway')
    .flatMap((rule) => [...rule.names, ...rule.prefixes, ...rule.prefixes.map((prefix) => `${prefix}x`)]);
  const spellings: readonly (readonly [string, (name: string) => string])[] = [
    ['as it stands', (name) => name],
    ['in capitals', (name) => name.toUpperCase()],
    [
      'with capitals at random',
      (name) => name.replace(/[a-z]/g, (c, at: number) => (at % 3 === 1 ? c.toUpperCase() : c)),
    ],
    ['with underscores', (name) => name.replaceAll('-', '_')],
    ['in capitals with underscores', (name) => name.replaceAll('-', '_').toUpperCase()],
    ['with dots', (name) => name.replaceAll('-', '.')],
    ['with both', (name) => name.replace('-', '_')],
    ['with other characters of a token', (name) => name.replaceAll('-', '~')],
  ];

  test.each(spellings)('%s', async (_, spelled) => {
    const forged = names
      .map(spelled)
      .filter((name) => !framing.has(name.toLowerCase()))
      .map((name) => [name, 'forged'] as const);
    expect(forged.length).toBeGreaterThan(100);
    const half = Math.ceil(forged.length / 2);
    for (const headers of [forged.slice(0, half), forged.slice(half)]) {
      const before = front.served.length;
      expect((await ask(front.dev, acme, '/orders/7', { headers })).status).toBe(200);
      expect(front.served.length).toBe(before + 1);
      expectOwnHeaders(['forged']);
    }
  });

  /** Everything that names the caller is ours, and once. */
  function expectOwnHeaders(never: readonly string[]): void {
    const { rawHeaders = [] } = front.served.at(-1) ?? {};
    for (const value of never) expect(rawHeaders).not.toContain(value);
    const fields = rawHeaders.flatMap((name, at) =>
      at % 2 === 0 ? [[foldName(name), rawHeaders[at + 1]] as const] : [],
    );
    const valuesOf = (folded: string) => fields.filter(([name]) => name === folded).map(([, value]) => value);
    expect(valuesOf('x-sallyport-client')).toEqual(['acme']);
    expect(valuesOf('x-sallyport-reference')).toEqual([expect.stringMatching(/^[0-9a-z]{20}$/)]);
    expect(valuesOf('client-cert')).toEqual([expect.stringMatching(/^:MII[A-Za-z0-9+/=]+:$/)]);
    expect(valuesOf('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(valuesOf('x-api-key')).toEqual([backendSecret]);
    expect(valuesOf('host')).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  }

  test('the credential of the connection cannot be replaced or doubled', async () => {
    const headers = [
      ['X-Api-Key', 'guess'],
      ['x_api_key', 'guess'],
      ['X-API-KEY', 'guess'],
    ] as const;
    expect((await ask(front.dev, acme, '/orders/7', { headers })).status).toBe(200);
    expectOwnHeaders(['guess']);
  });

  test.each([
    'X-Sallyport-Client',
    'x-sallyport-client, client-cert, x-forwarded-for, host, x-api-key',
    'close, X_Sallyport_Client',
    'keep-alive, X-Api-Key',
  ])('Connection: %s removes nothing of ours', async (options) => {
    expect((await ask(front.dev, acme, '/orders/7', { headers: [['Connection', options]] })).status).toBe(200);
    expectOwnHeaders([]);
  });
});
