import { X509Certificate } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName, parseName } from '../../../src/core/x509/name.ts';
import { nameTextOf, parseNameText } from '../../../src/core/x509/name-text.ts';
import { readPemBlocks } from '../../../src/core/x509/pem.ts';
import { readDifferently } from '../../conformance/differences.ts';
import { valueOrProblem } from './problems.ts';
import {
  type CertificateCase,
  type EscapingCases,
  type PathCase,
  type RawCases,
  readCases,
  readDocument,
} from './vectors.ts';

const certificateCases = readCases<CertificateCase>('boringssl-certificate.ndjson.gz');
const raw = readDocument<RawCases>('boringssl-parse-name-misc.json.gz');
const escaping = readDocument<EscapingCases>('node-x509-escaping.json.gz');
const paths = readCases<PathCase>('limbo-core.ndjson.gz');

const fromBase64 = (text: string) => Buffer.from(text, 'base64');

/** What both readers can say must be the same. */
function expectAgreement(certificate: Certificate, node: X509Certificate): void {
  expect(certificate.sha256).toBe(node.fingerprint256.replaceAll(':', '').toLowerCase());
  expect(certificate.notBefore).toBe(Date.parse(node.validFrom));
  expect(certificate.notAfter).toBe(Date.parse(node.validTo));
  if (!certificate.deviations.includes('serial_not_integer')) {
    expect(BigInt(certificate.serial.replace('-', '0x').replace(/^(?!0x)/, '0x'))).toBe(
      BigInt(`0x${node.serialNumber.replace('-', '')}`),
    );
  }
  // Node's `ca` also asks for keyCertSign.
  if (node.ca) expect(certificate.basicConstraints?.ca).toBe(true);
  if (certificate.extendedKeyUsage !== undefined) expect(certificate.extendedKeyUsage).toEqual(node.keyUsage);
  const ips = certificate.subjectAltName?.flatMap((name) =>
    name.kind === 'ip' && name.value.length === 4 ? [name.text] : [],
  );
  for (const ip of ips ?? []) expect(node.checkIP(ip)).toBe(ip);
  if (certificate.subject.rdns.length > 0)
    expect(parseNameText(nameTextOf(certificate.subject)).key).toBe(certificate.subject.key);
  // Node escapes what its own separators are; a name that is one line stays one for us too.
  const printed = valueOrProblem(() => parseNameText(`${node.subject}\n`.replace(/\n$/, '')));
  if (printed !== undefined && node.subject.includes('\n')) expect(printed.key).toBe(certificate.subject.key);
}

function nodeReads(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

(certificateCases === undefined ? describe.skip : describe)('BoringSSL certificates', () => {
  test('every good one parses, no malformed one does, and Node says the same', () => {
    const cases = certificateCases ?? [];
    expect(cases).toHaveLength(53);
    const wrong: string[] = [];
    for (const { id, expect: expected, der } of cases) {
      const certificate = valueOrProblem(() => parseCertificate(fromBase64(der)));
      if ((certificate !== undefined) !== (expected === 'accept') && !(id in readDifferently)) wrong.push(id);
      const node = nodeReads(fromBase64(der));
      if (certificate !== undefined && node !== undefined) expectAgreement(certificate, node);
    }
    expect(wrong).toEqual([]);
  });
});

(paths === undefined ? describe.skip : describe)('certificates of the path corpus', () => {
  // Refused at the first look, and by the corpus not to be accepted; the last one has a dNSName that is no IA5String
  // (RFC 5280 §4.2.1.6), which the BoringSSL corpus refuses in `subjectaltname_dns_not_ascii`: the stricter one decides.
  const refused = [
    'invalid::invalid-issuer-key',
    'pathological::nc-dos-1',
    'pathological::nc-dos-3',
    'rfc5280::ca-empty-subject',
    'rfc5280::duplicate-extensions',
    'rfc5280::eku::ee-eku-empty',
    'rfc5280::nc::invalid-ipv4-address',
    'rfc5280::nc::invalid-ipv6-address',
    'rfc5280::nc::nc-permits-invalid-ip-san',
    'rfc5280::root-inconsistent-ca-extensions',
    'rfc5280::san::malformed',
    'rfc5280::san::noncritical-with-empty-subject',
    'webpki::explicit-curve',
    'webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences',
    'webpki::nc::intermediate-permitted-excluded-subtrees-both-null',
    'webpki::san::unicode-emoji-san',
  ];

  test('all parse and agree with Node, but for a list', () => {
    const found = new Set<string>();
    for (const { id, anchors, intermediates, leaf } of paths ?? []) {
      for (const { der } of [...anchors, ...intermediates, leaf].flatMap(readPemBlocks)) {
        const certificate = valueOrProblem(() => parseCertificate(der));
        if (certificate === undefined) found.add(id);
        else {
          const node = nodeReads(der);
          if (node !== undefined) expectAgreement(certificate, node);
        }
      }
    }
    expect([...found].sort()).toEqual(refused);
  });

  test('none of them but the last should have been accepted', () => {
    for (const { id, expect: expected } of paths ?? []) {
      if (refused.includes(id) && id !== 'webpki::san::unicode-emoji-san') expect(expected).not.toBe('accept');
    }
  });
});

(raw === undefined ? describe.skip : describe)('BoringSSL name matching', () => {
  const keys = new Map<string, string | undefined>();
  for (const { id, blocks } of raw?.cases ?? []) {
    const block = blocks[0];
    if (id.startsWith('verify_name_match/names/') && block !== undefined) {
      keys.set(
        id.slice(24),
        valueOrProblem(() => parseName(fromBase64(block[1])).key),
      );
    }
  }
  const types = ['PRINTABLESTRING', 'T61STRING', 'UTF8', 'BMPSTRING', 'UNIVERSALSTRING'];
  const mangled = ['unmangled', 'case_swap', 'extra_whitespace'];

  test('82 names, of which those called invalid are refused', () => {
    expect(keys.size).toBe(82);
    for (const [id, key] of keys) expect([id, key === undefined]).toEqual([id, id.startsWith('invalid-')]);
  });

  test('string types, case and white space make no difference', () => {
    const same = types.flatMap((type) => mangled.map((how) => keys.get(`ascii-${type}-${how}`)));
    expect(new Set(same).size).toBe(1);
    expect(keys.get('unicode_bmp-BMPSTRING-unmangled')).toBe(keys.get('unicode_bmp-UTF8-unmangled'));
    expect(keys.get('unicode_bmp-UNIVERSALSTRING-unmangled')).toBe(keys.get('unicode_bmp-UTF8-unmangled'));
    expect(keys.get('unicode_supplementary-UNIVERSALSTRING-unmangled')).toBe(
      keys.get('unicode_supplementary-UTF8-unmangled'),
    );
    expect(keys.get('unicode-mixed-unnormalized')).toBe(keys.get('unicode-mixed-normalized'));
    expect(keys.get('ascii-PRINTABLESTRING-rdn_sorting_1')).toBe(keys.get('ascii-PRINTABLESTRING-rdn_sorting_2'));
    expect(keys.get('ascii-mixed-rdn_dupetype_sorting_1')).toBe(keys.get('ascii-mixed-rdn_dupetype_sorting_2'));
  });

  test('another attribute, another RDN, a repeated attribute do', () => {
    for (const type of types) {
      for (const how of mangled) {
        const all = ['', '-dupe_attr', '-extra_attr', '-extra_rdn'].map((more) =>
          keys.get(`ascii-${type}-${how}${more}`),
        );
        expect(new Set(all).size).toBe(4);
      }
    }
  });

  test('every name survives being written and read', () => {
    for (const { id, blocks } of raw?.cases ?? []) {
      const block = blocks[0];
      if (!id.startsWith('verify_name_match/names/') || block === undefined) continue;
      const name = valueOrProblem(() => parseName(fromBase64(block[1])));
      if (name === undefined || name.rdns.length === 0) continue;
      expect([id, parseNameText(nameTextOf(name)).key]).toEqual([id, name.key]);
    }
  });
});

(escaping === undefined ? describe.skip : describe)(
  'names that forge other names once printed (CVE-2021-44531/2/3, CVE-2022-21824)',
  () => {
    const read = (id: string) => {
      const der = escaping?.certs[id];
      return der === undefined ? undefined : valueOrProblem(() => parseCertificate(fromBase64(der)));
    };

    test('subjects: refused, or one attribute that cannot be taken for two', () => {
      const texts = (escaping?.expected_subj_subject ?? []).map((_, index) => {
        const certificate = read(`subj-${index}-cert`);
        return certificate === undefined ? 'refused' : formatName(certificate.subject);
      });
      expect(texts).toEqual([
        'CN=evil.example.com,L=Somewhere',
        'refused',
        'refused',
        'L=Somewhere\\, CN \\= evil.example.com',
        'L=Somewhere/CN\\=evil.example.com',
        'refused',
        'L=Somewhere+CN=evil.example.com',
        'L=Somewhere \\+ CN\\=evil.example.com',
        'L=L3,L=L1+L=L2',
        'L=L3,L=L2,L=L1',
      ]);
    });

    test('alternative names: never the DNS name or address that the text claims', () => {
      const count = escaping?.expected_alt_subjectAltName.length ?? 0;
      const refused: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const certificate = read(`alt-${index}-cert`);
        if (certificate === undefined) refused.push(index);
        else {
          expect(certificate.subjectAltName).toHaveLength(1);
          const [name] = certificate.subjectAltName ?? [];
          if (name?.kind === 'dns') expect(['good.example.com', 'evil.example.com']).not.toContain(name.value);
        }
      }
      // Letters beyond ASCII in a dNSName, addresses of 5 and 6 bytes, NUL and line feeds in a directoryName.
      expect(refused).toEqual([6, 10, 11, 18, 19, 20]);
    });

    test('all that parse agree with Node', () => {
      for (const der of Object.values(escaping?.certs ?? {}).map(fromBase64)) {
        const certificate = valueOrProblem(() => parseCertificate(der));
        if (certificate !== undefined) expectAgreement(certificate, new X509Certificate(der));
      }
    });
  },
);
