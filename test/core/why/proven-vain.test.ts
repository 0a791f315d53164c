import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { isProvenVain } from '../../../src/core/why/proven-vain.ts';
import { during } from '../../pki.ts';
import { acme, acmeIssuing, documentBehind, documentWith, orders } from '../decide/fixture.ts';
import { situations } from '../decide/situations.ts';

test.each(situations)('%s: "no edit allows this" is said where it is so', (code, { registry, ...input }) => {
  const proven = isProvenVain(input, documentBehind(registry));
  // what the certificate or the request brings with it, or a block denies, whatever the files say
  if (proven && /^[A-Z]+$/.test(input.request.method)) expect(code).toMatch(/^certificate_|^path_malformed$|_blocked$/);
});

test('not of what a file can change', () => {
  const request = { method: 'DELETE', path: '/nowhere', address: '198.51.100.9' };
  const input = { certificate: orders.der, request, overlay: emptyOverlay, now: during };
  expect(isProvenVain(input, documentWith([acme]))).toBe(false);
  expect(isProvenVain({ ...input, request: { ...request, path: '/a//b' } }, documentWith([acme]))).toBe(true);
  const expired = acmeIssuing.issue({ subject: { CN: 'orders-client', O: 'Acme' }, notAfter: during - 86_400_000 });
  expect(isProvenVain({ ...input, certificate: expired.der }, documentWith([acme]))).toBe(true);
  // a method that no pattern can have is the caller's to correct
  expect(isProvenVain({ ...input, request: { ...request, method: 'TRACE' } }, documentWith([acme]))).toBe(true);
});
