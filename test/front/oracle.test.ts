import { acmeSubject, type HostileFront, openHostileFront } from './hostile-front.ts';
import { dial, type Partner, readAll } from './partner.ts';

/** Whether a name is registered, and whether its client is blocked, cannot be read off a refusal. */

let front: HostileFront;
beforeAll(async () => {
  front = await openHostileFront();
});
afterAll(() => front.close());

/** Every byte of the answer; what is drawn anew for each request is replaced by as many `#` as it has characters. */
async function bytesOf(partner: Partner, path = '/orders/7'): Promise<string> {
  const socket = await dial(front.dev, partner);
  const reading = readAll(socket);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${front.dev.domain()}\r\nConnection: close\r\n\r\n`);
  const text = await reading;
  const drawn = /^(date|x-amzn-requestid|x-amz-apigw-id|x-amzn-trace-id|x-sallyport-reference): (.*)$/gim;
  return text
    .replace(drawn, (_, name: string, value: string) => `${name}: ${'#'.repeat(value.length)}`)
    .replace(/("reference":")([^"]*)/, (_, key: string, value: string) => `${key}${'#'.repeat(value.length)}`);
}

const codes = async (partner: Partner, path?: string) => {
  const before = front.events.length;
  await bytesOf(partner, path);
  return front.events.slice(before).flatMap((event) => {
    const decision = event.kind === 'exchange' ? event.decision : undefined;
    return decision?.reasons?.map(({ code }) => code) ?? [];
  });
};

const unregistered = [...acmeSubject.slice(0, 2), [{ type: 'CN', value: 'orders-friend' }]];

describe('a certificate that is no client: the same bytes whether or not its name is registered elsewhere', () => {
  test.each([
    ['the subject', () => ({ subject: acmeSubject }), () => ({ subject: unregistered })],
    [
      'a DNS name',
      () => ({ subject: 'whoever', names: [{ dns: 'stock.acme.example' }] }),
      () => ({ subject: 'whoever', names: [{ dns: 'stick.acme.example' }] }),
    ],
  ])('%s, from another authority', async (_, known, unknown) => {
    const [taken, free] = [front.issuedBy('Globex Root', known()), front.issuedBy('Globex Root', unknown())];
    expect(await codes(taken)).toEqual(['authority_differs']);
    expect(await codes(free)).toEqual(['identity_unknown']);
    for (const path of ['/orders/7', '/stock/1', '/nowhere', '/orders//7']) {
      const [first, second] = [await bytesOf(taken, path), await bytesOf(free, path)];
      expect(first).toBe(second);
      expect(first).toMatch(/^HTTP\/1\.1 403 .*"reason":"undisclosed"/s);
    }
  });

  test('from a CA of the right authority that may not sign clients', async () => {
    const sign = (subject: typeof acmeSubject) => front.issuedBy('Acme Servers', { subject });
    expect(await bytesOf(sign(acmeSubject))).toBe(await bytesOf(sign(unregistered)));
  });
});

test('a client that is blocked reads what a stranger reads', async () => {
  const acme = front.issuedBy('Acme Issuing', { subject: acmeSubject });
  const stranger = front.issuedBy('Acme Issuing', { subject: unregistered });
  const unblock = front.dev.block('acme');
  const [blocked, unknown] = [await bytesOf(acme), await bytesOf(stranger)];
  const forbidden = await bytesOf(acme, '/nowhere');
  unblock();
  expect(blocked).toBe(unknown);
  expect(forbidden).toBe(unknown);
  expect(blocked).toMatch(/^HTTP\/1\.1 403 /);
});
