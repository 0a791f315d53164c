import { randomBytes } from 'node:crypto';
import { type AuthorityMeans, createAuthority, type Question } from '../../src/authorize/ask.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import { acme, login, orders, registryWith, requiring, sha256 } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';

const certificate = { der: orders.der, sha256: sha256(orders.der), pem: orders.pem };
const question: Question = { method: 'GET', path: '/orders/7', address: '203.0.113.9', certificate, door: 'front' };
const registry = registryWith([acme]);

function opened(means: Partial<AuthorityMeans> = {}) {
  const lines: Record<string, unknown>[] = [];
  const ask = createAuthority({
    live: () => ({ registry, overlay: emptyOverlay }),
    identities: new IdentityCache(),
    now: () => during,
    random: randomBytes,
    log: (line) => lines.push(JSON.parse(line)),
    logRefusal: (line) => lines.push(JSON.parse(line)),
    ...means,
  });
  return { ask, lines };
}

test('a yes: at once when there is nothing to wait for, and written down under its reference', async () => {
  const { ask, lines } = opened();
  const verdict = ask(question);
  expect(verdict).toMatchObject({ outcome: 'allow', at: during, decision: { client: { name: 'acme' } } });
  const { reference, registry: by } = await verdict;
  expect(by).toBe(registry);
  expect(lines).toMatchObject([{ type: 'decision', reference, stage: 'front', outcome: 'allow', client: 'acme' }]);
});

test('a no: what the caller may be told, and the leaf kept as it came', async () => {
  const { ask, lines } = opened();
  const verdict = await ask({ ...question, path: '/invoices' });
  expect(verdict).toMatchObject({ outcome: 'deny', told: 'path_not_allowed' });
  expect(await ask({ ...question, certificate: undefined })).toMatchObject({ outcome: 'deny', told: 'undisclosed' });
  expect(lines[0]).toMatchObject({ type: 'decision', outcome: 'deny', reference: verdict.reference });
  expect(lines[1]).toMatchObject({ type: 'refusal', reference: verdict.reference, certificate: orders.pem });
});

test('a release that has still to be read is waited for, and one that cannot be read decides nothing', async () => {
  const { ask } = opened({ live: async () => ({ registry, overlay: emptyOverlay }) });
  expect(await ask(question)).toMatchObject({ outcome: 'allow' });
  const { ask: without, lines } = opened({ live: () => Promise.reject(new Error('S3 is down')) });
  await expect(without(question)).rejects.toThrow('S3 is down');
  expect(lines).toEqual([]);
});

test('key and token are looked for only where somebody is asked for one', async () => {
  const looked: string[] = [];
  const shy = (name: string) => ({ get: () => void looked.push(name), enumerable: true });
  const watched = (): Question => Object.defineProperties({ ...question }, { key: shy('key'), bearer: shy('bearer') });
  await opened().ask(watched());
  expect(looked).toEqual([]);
  const asked = { ...acme, require: requiring([{ token: { issuer: 'login', scopes: [] } }]) };
  const live = { registry: registryWith([asked], { tokenIssuers: [login] }), overlay: emptyOverlay };
  expect(await opened({ live: () => live }).ask(watched())).toMatchObject({ told: 'token_missing' });
  expect(looked).toEqual(['bearer']);
});

test('of a caller that is known, the octets are not asked for', async () => {
  const { ask } = opened();
  expect(await ask(question)).toMatchObject({ outcome: 'allow' });
  const hashed = Object.defineProperty({ ...certificate }, 'der', {
    get: () => {
      throw new Error('decoded for nothing');
    },
  });
  expect(await ask({ ...question, certificate: hashed })).toMatchObject({ outcome: 'allow' });
  expect(await ask({ ...question, certificate: hashed, path: '/invoices' })).toMatchObject({ outcome: 'deny' });
});
