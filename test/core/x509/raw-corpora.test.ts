import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { DerCursor } from '../../../src/core/x509/der.ts';
import { readGeneralNames } from '../../../src/core/x509/extensions/general-name.ts';
import { readNameConstraints } from '../../../src/core/x509/extensions/name-constraints.ts';
import { readPolicies } from '../../../src/core/x509/extensions/policies.ts';
import { readPublicKey, readSignatureAlgorithm } from '../../../src/core/x509/fields/algorithm.ts';
import { verifiesSignature } from '../../../src/core/x509/signature.ts';
import { ca } from '../../pki.ts';
import { valueOrProblem } from './problems.ts';
import { type RawCases, readDocument } from './vectors.ts';

/** Parts of certificates by themselves, from BoringSSL's tests; what each must be is in their names or in its sources. */
const raw = readDocument<RawCases>('boringssl-parse-name-misc.json.gz');

function casesOf(folder: string): [id: string, block: (label: string) => Uint8Array][] {
  return (raw?.cases ?? [])
    .filter(({ id }) => id.startsWith(`${folder}/`))
    .map(({ id, blocks }) => [
      id.slice(folder.length + 1),
      (label) => Buffer.from(blocks.find(([name]) => name === label)?.[1] ?? '', 'base64'),
    ]);
}

function reads<T>(der: Uint8Array, read: (cursor: DerCursor) => T): T | undefined {
  return valueOrProblem(() => {
    const cursor = new DerCursor(der, 'der_malformed');
    const value = read(cursor);
    cursor.finish();
    return value;
  });
}

(raw === undefined ? describe.skip : describe)('BoringSSL, parts of certificates', () => {
  test('certificate policies: what is called invalid is refused, the rest is read', () => {
    const cases = casesOf('certificate_policies');
    expect(cases).toHaveLength(14);
    for (const [id, block] of cases) {
      const policies = reads(block('CERTIFICATE POLICIES'), (cursor) => readPolicies(cursor, false));
      expect([id, policies === undefined]).toEqual([id, id.startsWith('invalid-')]);
      // a qualifier that nobody knows may stand in an extension that is not critical only
      if (id.includes('custom_qualifier'))
        expect(reads(block('CERTIFICATE POLICIES'), (cursor) => readPolicies(cursor, true))).toBeUndefined();
    }
  });

  test('name constraints: what is called invalid is refused; a minimum or a maximum (RFC 5280 §4.2.1.10) too', () => {
    const refused = casesOf('name_constraints').filter(
      ([id, block]) => !/^(name|san)-/.test(id) && reads(block('NAME CONSTRAINTS'), readNameConstraints) === undefined,
    );
    expect(refused.map(([id]) => id).sort()).toEqual([
      'dnsname-with_max',
      'dnsname-with_min_0',
      'dnsname-with_min_0_and_max',
      'dnsname-with_min_1',
      'dnsname-with_min_1_and_max',
      'invalid-empty_excluded_subtree',
      'invalid-empty_permitted_subtree',
      'invalid-no_subtrees',
      'ipaddress-invalid_addr',
      'ipaddress-invalid_mask_not_contiguous_1',
      'ipaddress-invalid_mask_not_contiguous_2',
      'ipaddress-invalid_mask_not_contiguous_3',
      'ipaddress-invalid_mask_not_contiguous_4',
      // their otherName is four octets and no OID (§4.2.1.6), which only a reader that does not look lets through
      'othername-excluded',
      'othername-permitted',
    ]);
  });

  test('alternative names', () => {
    const refused = casesOf('name_constraints').filter(
      ([id, block]) =>
        id.startsWith('san-') &&
        reads(block('SUBJECT ALTERNATIVE NAME'), (cursor) => readGeneralNames(cursor, 'names')) === undefined,
    );
    expect(refused.map(([id]) => id).sort()).toEqual(['san-invalid-empty', 'san-invalid-ipaddress', 'san-othername']);
  });

  test('signatures over data', () => {
    const cases = casesOf('verify_signed_data');
    const some = parseCertificate(ca().der);
    const good = cases.filter(([, block]) => {
      const publicKey = reads(block('PUBLIC KEY'), readPublicKey);
      const signatureAlgorithm = reads(block('ALGORITHM'), readSignatureAlgorithm);
      const signature = reads(block('SIGNATURE'), (cursor) => {
        if (cursor.bitString('the signature') !== 0) cursor.fail('unused bits');
        return cursor.slice();
      });
      if (publicKey === undefined || signatureAlgorithm === undefined || signature === undefined) return false;
      const issuer = Object.create(some, { publicKey: { value: publicKey } });
      return verifiesSignature({ ...signatureAlgorithm, signatureAlgorithm, tbs: block('DATA'), signature }, issuer);
    });
    expect(good.map(([id]) => id).sort()).toEqual([
      'ecdsa-prime256v1-sha512',
      'ecdsa-secp384r1-sha256',
      'rsa-pkcs1-sha1',
      'rsa-pkcs1-sha256',
      // refused by BoringSSL, which does not know such keys
      'rsa-pss-sha256-using-pss-key-with-params',
      'rsa2048-pkcs1-sha512',
    ]);
  });
});
