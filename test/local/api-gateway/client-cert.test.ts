import { clientCertOf, serialNumberText } from '../../../src/local/api-gateway/client-cert.ts';
import { ca } from '../../pki.ts';

describe('clientCert of an event', () => {
  const root = ca({ subject: { C: 'NL', O: 'Acme', CN: 'Acme Root' } });
  const leaf = root.issue({
    subject: { C: 'US', ST: 'Washington', L: 'Seattle', O: 'Acme', CN: 'My Client' },
    serial: '1',
    notBefore: Date.UTC(2026, 0, 5, 0, 28, 21),
    notAfter: Date.UTC(2049, 11, 31, 9, 36, 4),
  });

  test('has five members: PEM of the leaf, names in the order of the certificate, OpenSSL’s dates', () => {
    expect(clientCertOf(leaf.der)).toEqual({
      clientCertPem: leaf.pem,
      subjectDN: 'C=US,ST=Washington,L=Seattle,O=Acme,CN=My Client',
      issuerDN: 'C=NL,O=Acme,CN=Acme Root',
      serialNumber: '1',
      validity: { notBefore: 'Jan  5 00:28:21 2026 GMT', notAfter: 'Dec 31 09:36:04 2049 GMT' },
    });
  });

  test.each([
    ['1', '1'],
    ['00', '0'],
    ['7FFFFFFFFFFFFFFF', '9223372036854775807'],
    ['8000000000000000', '80:00:00:00:00:00:00:00'],
    ['A1B2C3D4E5F60718293', '0a:1b:2c:3d:4e:5f:60:71:82:93'],
  ])('a serial number %s is written %s', (hex, text) => {
    expect(serialNumberText(hex)).toBe(text);
  });

  test('bytes that are no certificate have none', () => {
    expect(clientCertOf(new Uint8Array([0x30, 0]))).toBeUndefined();
  });
});
