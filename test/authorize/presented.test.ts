import { PresentedCertificates } from '../../src/authorize/presented.ts';
import { orders, sha256 } from '../core/decide/fixture.ts';

test('the octets of a text and their hash, the same object when it comes again', () => {
  const certificates = new PresentedCertificates();
  const first = certificates.of(orders.pem);
  expect([Buffer.from(first.der).equals(orders.der), first.sha256]).toEqual([true, sha256(orders.der)]);
  expect(certificates.of(orders.pem)).toBe(first);
  // the same certificate in another text is another text
  expect(certificates.of(orders.pem.trimEnd()).sha256).toBe(first.sha256);
});

test('what is no PEM is an empty certificate', () => {
  expect(new PresentedCertificates().of('nonsense').der).toHaveLength(0);
});

test('thousands of texts push each other out, and long ones are not kept', () => {
  const certificates = new PresentedCertificates();
  const first = certificates.of(orders.pem);
  for (let index = 0; index < 3000; index += 1) certificates.of(`text ${index}`);
  expect(certificates.of(orders.pem)).not.toBe(first);
  const long = `${orders.pem}${'\n'.repeat(9000)}`;
  expect(certificates.of(long)).not.toBe(certificates.of(long));
});
