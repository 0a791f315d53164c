import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { pemFromDer } from '../../src/core/x509/pem.ts';
import { issueList, type ListSpec, listExtension } from '../../src/core/x509/write-crl.ts';
import { extension } from '../../src/core/x509/write-extension.ts';
import { type Ca, ca, during, type Issued, keyPair } from '../pki.ts';
import { type PathRecord, pathVerdict } from './path.ts';

/** What NIST's PKITS asks of lists and policies, with certificates of our own. */

const hour = 3_600_000;
const root = ca({ subject: 'Anchor' });
const issuing = root.ca({ subject: 'Issuing' });
const leaf = issuing.issue();

function list(by: Issued, spec: Partial<ListSpec> = {}, revoked: readonly Issued[] = []): string {
  const entries = revoked.map(({ der }) => ({ serial: parseCertificate(der).serial, revokedAt: during - 2 * hour }));
  const der = issueList(
    {
      issuer: parseCertificate(by.der).subject,
      thisUpdate: during - hour,
      nextUpdate: during + hour,
      extensions: [listExtension.crlNumber(1)],
      revoked: entries.length > 0 ? entries : undefined,
      ...spec,
    },
    by.privateKey,
  );
  return pemFromDer(der, 'X509 CRL');
}

function said(
  leafOf: Issued,
  intermediates: readonly Issued[],
  crls: readonly string[],
  more: Partial<PathRecord> = {},
) {
  const record: PathRecord = {
    id: 'x',
    kind: 'path',
    expect: 'accept',
    anchors: [root.pem],
    intermediates: intermediates.map(({ pem }) => pem),
    leaf: leafOf.pem,
    crls,
    at: new Date(during).toISOString(),
    purpose: null,
    ...more,
  };
  const { said: word, why = '' } = pathVerdict(record);
  return word === 'accept' ? word : `${word}: ${why}`;
}

describe('lists', () => {
  const ofRoot = list(root);
  const ofIssuing = list(issuing);
  test('none given: none needed; some given: one for every CA', () => {
    expect(said(leaf, [issuing], [])).toBe('accept');
    expect(said(leaf, [issuing], [ofRoot, ofIssuing])).toBe('accept');
    expect(said(leaf, [issuing], [ofIssuing])).toMatch(/^reject: missing: there is no list of this CA/);
    expect(said(leaf, [issuing], [ofRoot])).toMatch(/^reject: missing/);
  });
  test('a revoked leaf, a revoked CA', () => {
    expect(said(leaf, [issuing], [ofRoot, list(issuing, {}, [leaf])])).toMatch(/^reject: revoked/);
    expect(said(leaf, [issuing], [list(root, {}, [issuing]), ofIssuing])).toMatch(/^reject: .*revoked: list 1/);
  });
  test('a negative serial number, good and revoked', () => {
    const odd = issuing.issue({ replace: { serial: Uint8Array.of(2, 1, 0xff) } });
    const raw = Uint8Array.from([0x30, 18, 2, 1, 0xff, 0x17, 13, ...Buffer.from('260101000000Z')]);
    expect(said(odd, [issuing], [ofRoot, ofIssuing])).toBe('accept');
    expect(said(odd, [issuing], [ofRoot, list(issuing, { revoked: raw })])).toMatch(/^reject: revoked/);
  });
  test('out of date, forged, another name, indirect', () => {
    expect(said(leaf, [issuing], [ofRoot, list(issuing, { nextUpdate: during - 1000 })])).toMatch(
      /^reject: .*list_expired/,
    );
    const forged = pemFromDer(
      issueList(
        { issuer: parseCertificate(issuing.der).subject, thisUpdate: during - hour, nextUpdate: during + hour },
        root.privateKey,
      ),
      'X509 CRL',
    );
    expect(said(leaf, [issuing], [ofRoot, forged])).toMatch(/list_signature_invalid/);
    const indirect = list(issuing, {
      extensions: [listExtension.crlNumber(1), listExtension.issuingDistributionPoint({ indirect: true })],
    });
    expect(said(leaf, [issuing], [ofRoot, indirect])).toMatch(/list_indirect/);
  });
  test('a new key of the CA, certified by the old one and the other way round', () => {
    const key = keyPair('p256', 'rolled over');
    const renewed = root.ca({ subject: 'Issuing', key });
    const newWithOld = issuing.ca({ subject: 'Issuing', key });
    // the list is signed with the new key only
    expect(said(leaf, [issuing, newWithOld], [ofRoot, list(renewed), list(renewed)])).toBe('accept');
    expect(said(leaf, [issuing, newWithOld], [ofRoot, list(renewed, {}, [leaf])])).toMatch(/^reject: revoked/);
  });
  test('a key for lists only, certified by the same CA under the same name', () => {
    const signer = signerOfLists(root);
    expect(said(leaf, [issuing, signer], [ofRoot, list(signer)])).toBe('accept');
    expect(said(leaf, [issuing, signer], [ofRoot, list(signer, {}, [leaf])])).toMatch(/^reject: revoked/);
    // the same name under another CA is somebody else
    const other = ca({ subject: 'Globex' });
    const stranger = signerOfLists(other);
    expect(said(leaf, [issuing, stranger], [ofRoot, list(stranger)], { anchors: [root.pem, other.pem] })).toMatch(
      /^reject: missing/,
    );
  });
});

function signerOfLists(above: Ca): Ca {
  return above.ca({ subject: 'Issuing', extra: [extension.keyUsage(['cRLSign'])] });
}

describe('policies', () => {
  const policy = '2.16.840.1.101.3.2.1.48.1';
  const certified = root.ca({ subject: 'Certified', extra: [extension.certificatePolicies([policy])] });
  const client = certified.issue({ extra: [extension.certificatePolicies([policy])] });
  test.each([
    [undefined, 'accept'],
    [null, 'accept'],
    [{ explicit: true }, 'accept'],
    [{ initial: [], explicit: true }, 'accept'],
    [{ initial: ['any-policy'], explicit: true }, 'accept'],
    [{ initial: ['2.5.29.32.0'], explicit: true }, 'accept'],
    [{ initial: [policy], explicit: true, inhibitMapping: true, inhibitAny: true }, 'accept'],
    [{ initial: ['2.16.840.1.101.3.2.1.48.2'], explicit: true }, 'reject'],
    [{ initial: ['2.16.840.1.101.3.2.1.48.2'], explicit: false }, 'accept'],
  ])('%j: %s', (wanted, expected) => {
    expect(said(client, [certified], [], { policy: wanted }).split(':')[0]).toBe(expected);
  });
});

test('what cannot be read: a leaf is refused, a CA does not exist', () => {
  const broken = pemFromDer(Uint8Array.of(0x30, 0));
  expect(said({ ...leaf, pem: broken }, [issuing], [])).toMatch(/^reject/);
  expect(said(leaf, [{ ...issuing, pem: broken }], [])).toMatch(/issuer_unknown/);
});
