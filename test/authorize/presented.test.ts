import { PresentedCertificates } from '../../src/authorize/presented.ts';
import { orders, sha256 } from '../core/decide/fixture.ts';

test('the octets of a text and their hash, which is kept for when it comes again', () => {
  const certificates = new PresentedCertificates();
  const first = certificates.of(orders.pem);
  expect([Buffer.from(first.der).equals(orders.der), first.sha256]).toEqual([true, sha256(orders.der)]);
  const again = certificates.of(orders.pem);
  expect([Buffer.from(again.der).equals(orders.der), again.sha256, again.pem]).toEqual([
    true,
    first.sha256,
    orders.pem,
  ]);
  // the same certificate in another text is another text
  expect(certificates.of(orders.pem.trimEnd()).sha256).toBe(first.sha256);
});

test('what is no PEM is an empty certificate', () => {
  expect(new PresentedCertificates().of('nonsense').der).toHaveLength(0);
});

test('thousands of texts push each other out, and each is itself all the same', () => {
  const certificates = new PresentedCertificates();
  const texts = [orders.pem, `${orders.pem}${'\n'.repeat(9000)}`, 'nonsense'];
  for (let index = 0; index < 3000; index += 1) certificates.of(`text ${index}`);
  for (const text of [...texts, ...texts]) {
    const { der, sha256: found } = certificates.of(text);
    expect(found).toBe(sha256(der));
    expect(der).toHaveLength(text === 'nonsense' ? 0 : orders.der.length);
  }
});
