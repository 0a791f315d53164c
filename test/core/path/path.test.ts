import fc from 'fast-check';
import { strongAlgorithms } from '../../../src/core/path/algorithm-policy.ts';
import { type PathRequest, type PathResult, validatePath } from '../../../src/core/path/path.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { integer, nullValue, objectIdentifier, sequence, tlv } from '../../../src/core/x509/write-der.ts';
import { type CaSpec, ca, during, type Issued, type IssueSpec } from '../../pki.ts';

const read = ({ der }: Issued) => parseCertificate(der);

function validate(
  leaf: Issued,
  anchors: readonly Issued[],
  intermediates: readonly Issued[] = [],
  more: Partial<PathRequest> = {},
): PathResult {
  return validatePath({
    leaf: read(leaf),
    anchors: anchors.map(read),
    intermediates: intermediates.map(read),
    at: during,
    purpose: 'clientAuth',
    ...more,
  });
}

function codes(result: PathResult): string {
  return result.ok ? 'ok' : result.failures.map(({ code }) => code).join(' ');
}

const root = ca({ subject: 'Acme Root' });
const issuing = root.ca({ subject: 'Acme Issuing' });

describe('a path is found', () => {
  test('leaf first, anchor last, valid until the first of them ends', () => {
    const short = root.ca({ subject: 'Short', notAfter: during + 5000 });
    const leaf = short.issue();
    const result = validate(leaf, [root], [short, issuing]);
    if (!result.ok) throw new Error(codes(result));
    expect(result.path.map(({ subject }) => subject.key)).toEqual([
      '2.5.4.3=test-client',
      '2.5.4.3=short',
      '2.5.4.3=acme root',
    ]);
    expect(result.validUntil).toBe(during + 5000);
  });
  test('an anchor need not be self-signed, and may also be listed as intermediate', () => {
    expect(codes(validate(issuing.issue(), [issuing]))).toBe('ok');
    const anchor = read(root);
    const result = validatePath({
      leaf: read(root.issue()),
      anchors: [anchor],
      intermediates: [anchor],
      at: during,
      purpose: 'clientAuth',
    });
    expect(codes(result)).toBe('ok');
  });
  test('nothing but the leaf itself is no path', () => {
    expect(codes(validate(root, [root], [], { leafMayBeCa: true }))).toBe('key_usage issuer_unknown');
  });
});

describe('all that is wrong with a leaf is reported', () => {
  const cases: [string, IssueSpec, string][] = [
    ['expired', { notAfter: during - 1000 }, 'expired'],
    ['not yet valid', { notBefore: during + 1000 }, 'not_yet_valid'],
    ['SHA-1', { signatureHash: 'sha1' }, 'weak_signature'],
    ['RSA 1,024', { key: 'rsa1024' }, 'weak_key'],
    ['P-521', { key: 'p521' }, 'algorithm_not_allowed'],
    ['Ed25519', { key: 'ed25519' }, 'algorithm_not_allowed'],
    ['server certificate', { purposes: ['serverAuth'] }, 'extended_key_usage'],
    ['no purpose named', { purposes: null }, 'ok'],
    ['any purpose', { purposes: ['any'] }, 'ok'],
    ['CA', { extra: [extension.basicConstraints(true)] }, 'ca_as_client'],
    ['no CA, in writing', { extra: [extension.basicConstraints(false)] }, 'ok'],
    ['key usage without signatures', { extra: [extension.keyUsage(['keyEncipherment'])] }, 'key_usage'],
    ['no key usage', { without: ['2.5.29.15'] }, 'ok'],
    ['half a CA', { extra: [extension.keyUsage(['digitalSignature', 'keyCertSign'])] }, 'ca_as_client'],
    ['path length without CA', { extra: [extension.basicConstraints(false, 0)] }, 'ca_as_client'],
    ['name constraints', { extra: [extension.nameConstraints({ permitted: [{ dns: 'x' }] })] }, 'ca_as_client'],
    ['unknown critical', { extra: [extension.raw('1.2.3', Uint8Array.of(5, 0), true)] }, 'unknown_critical_extension'],
    ['unknown', { extra: [extension.raw('1.2.3', Uint8Array.of(5, 0))] }, 'ok'],
    [
      'much',
      { notAfter: during - 1000, key: 'rsa1024', purposes: ['serverAuth'], extra: [extension.basicConstraints(true)] },
      'expired weak_key ca_as_client extended_key_usage',
    ],
  ];
  test.each(cases)('%s', (_, spec, expected) => {
    expect(codes(validate(root.issue(spec), [root]))).toBe(expected);
  });
  test('what the reader lets through and RFC 5280 says MUST about', () => {
    const serial = (der: Uint8Array) => codes(validate(root.issue({ replace: { serial: der } }), [root]));
    expect(serial(nullValue())).toBe('malformed');
    expect(serial(tlv(2, Uint8Array.of(0, 1)))).toBe('malformed');
    expect(serial(integer('7f'.repeat(21)))).toBe('malformed');
    expect(serial(integer('7f'.repeat(20)))).toBe('ok');
    // §4.1.2.2: readers SHOULD be prepared for these
    expect(serial(integer(0))).toBe('ok');
    expect(serial(tlv(2, Uint8Array.of(0xff, 0x7f)))).toBe('ok');
    for (const type of ['2.5.29.14', '2.5.29.35']) {
      const leaf = root.issue({ extra: [extension.raw(type, nullValue())] });
      expect(codes(validate(leaf, [root]))).toBe('malformed');
    }
    const below = root.ca({ replace: { serial: nullValue() } });
    expect(codes(validate(below.issue(), [root], [below]))).toBe('malformed');
    const anchor = ca({ subject: 'Old Root', replace: { serial: nullValue() } });
    expect(codes(validate(anchor.issue(), [anchor]))).toBe('ok');
  });
  test('also when no issuer is found', () => {
    const stranger = ca({ subject: 'Globex Root' }).issue({ notAfter: during - 1000, purposes: ['serverAuth'] });
    const result = validate(stranger, [root]);
    expect(codes(result)).toBe('expired extended_key_usage issuer_unknown');
    expect(result.ok ? '' : result.failures[2]?.detail).toContain('CN=Globex Root');
  });
});

describe('CAs on the path', () => {
  const cases: [string, CaSpec, string][] = [
    ['expired', { notAfter: during - 1000 }, 'expired'],
    ['no CA bit', { extra: [extension.basicConstraints(false)] }, 'not_a_ca'],
    ['no basicConstraints', { without: ['2.5.29.19'] }, 'not_a_ca'],
    ['version 1', { version: 1, extensions: [] }, 'not_a_ca'],
    ['no keyCertSign', { extra: [extension.keyUsage(['cRLSign'])] }, 'key_usage'],
    ['no keyUsage', { without: ['2.5.29.15'] }, 'ok'],
    ['for servers only', { purposes: ['serverAuth'] }, 'extended_key_usage'],
    ['for clients', { purposes: ['emailProtection', 'clientAuth'] }, 'ok'],
    ['SHA-1', { signatureHash: 'sha1' }, 'weak_signature'],
    ['RSA 1,024', { key: 'rsa1024' }, 'weak_key'],
    ['unknown critical', { extra: [extension.raw('1.2.3', Uint8Array.of(5, 0), true)] }, 'unknown_critical_extension'],
    ['no name', { subject: [] }, 'not_a_ca'],
  ];
  test.each(cases)('%s', (_, spec, expected) => {
    const below = root.ca(spec);
    const result = validate(below.issue(), [root], [below]);
    expect(codes(result)).toBe(expected);
    if (!result.ok) expect(result.failures[0]?.certificate.sha256).toBe(read(below).sha256);
  });
  test('anchors count too, but for their signature', () => {
    const expired = ca({ notAfter: during - 1000 });
    expect(codes(validate(expired.issue(), [expired]))).toBe('expired');
    const noCa = ca({ extra: [extension.basicConstraints(false)] });
    expect(codes(validate(noCa.issue(), [noCa]))).toBe('not_a_ca');
    const sha1 = ca({ signatureHash: 'sha1' });
    expect(codes(validate(sha1.issue(), [sha1]))).toBe('ok');
    const version1 = ca({ version: 1, extensions: [] });
    expect(codes(validate(version1.issue(), [version1]))).toBe('ok');
  });
  test('a leaf signed by another leaf', () => {
    const client = issuing.ca({ extensions: [extension.keyUsage(['digitalSignature'])], subject: 'client' });
    expect(codes(validate(client.issue(), [root], [issuing, client]))).toBe('not_a_ca key_usage');
  });
});

describe('path length', () => {
  test('counts CAs below, not the leaf and not self-issued ones', () => {
    const top = ca({ subject: 'Top', pathLength: 1 });
    const one = top.ca({ subject: 'One' });
    const two = one.ca({ subject: 'Two' });
    const again = one.ca({ subject: 'One' });
    expect(codes(validate(one.issue(), [top], [one]))).toBe('ok');
    expect(codes(validate(two.issue(), [top], [one, two]))).toBe('path_too_long');
    expect(codes(validate(again.issue(), [top], [one, again]))).toBe('ok');
  });
  test('a lower CA cannot raise it', () => {
    const top = ca({ subject: 'Top', pathLength: 0 });
    const one = top.ca({ subject: 'One', pathLength: 5 });
    expect(codes(validate(one.issue(), [top], [one]))).toBe('path_too_long');
  });
  test('maxDepth', () => {
    const below = issuing.ca({ subject: 'Below' });
    expect(codes(validate(below.issue(), [root], [issuing, below], { maxDepth: 2 }))).toBe('ok');
    const tooLong = validate(below.issue(), [root], [issuing, below], { maxDepth: 1 });
    expect(codes(tooLong)).toBe('path_too_long');
    expect(codes(validate(root.issue(), [root], [], { maxDepth: 0 }))).toBe('ok');
  });
});

describe('issuers', () => {
  const other = root.ca({ subject: 'Acme Other' });
  test('only these may issue the leaf', () => {
    const issuers = [read(issuing)];
    const all = [issuing, other];
    expect(codes(validate(issuing.issue(), [root], all, { issuers }))).toBe('ok');
    expect(codes(validate(other.issue(), [root], all, { issuers }))).toBe('issuer_not_allowed');
    expect(codes(validate(root.issue(), [root], all, { issuers }))).toBe('issuer_not_allowed');
  });
  test('by key as well as by name, and a renewal with the same key is the same', () => {
    const key = { publicKey: issuing.publicKey, privateKey: issuing.privateKey };
    const renewed = root.ca({ subject: 'Acme Issuing', key });
    const impostor = root.ca({ subject: 'Acme Issuing' });
    expect(codes(validate(issuing.issue(), [root], [issuing], { issuers: [read(renewed)] }))).toBe('ok');
    expect(codes(validate(impostor.issue(), [root], [impostor], { issuers: [read(issuing)] }))).toBe(
      'issuer_not_allowed',
    );
  });
  test('a CA below an allowed issuer is not allowed by that', () => {
    const below = issuing.ca({ subject: 'Below' });
    const result = validate(below.issue(), [root], [issuing, below], { issuers: [read(issuing)] });
    expect(codes(result)).toBe('issuer_not_allowed');
  });
});

describe('signatures and backtracking', () => {
  test('a forged signature, a same-named CA', () => {
    const impostor = ca({ subject: 'Acme Root' });
    expect(codes(validate(impostor.issue(), [root]))).toBe('signature_invalid');
    expect(codes(validate(impostor.issue(), [root, impostor]))).toBe('ok');
  });
  test('cross-signed: the way that holds is found', () => {
    const key = { publicKey: issuing.publicKey, privateKey: issuing.privateKey };
    const globex = ca({ subject: 'Globex Root' });
    const expired = globex.ca({ subject: 'Acme Issuing', key, notAfter: during - 1000 });
    const current = globex.ca({ subject: 'Acme Issuing', key });
    expect(codes(validate(issuing.issue(), [globex, root], [expired, issuing]))).toBe('ok');
    expect(codes(validate(issuing.issue(), [globex], [expired, current]))).toBe('ok');
    expect(codes(validate(issuing.issue(), [globex], [expired]))).toBe('expired');
  });
  test('a wrong key identifier hinders nothing', () => {
    const leaf = issuing.issue({ extra: [extension.authorityKeyIdentifier(Uint8Array.of(1))] });
    const decoys = [1, 2, 3].map(() => root.ca({ subject: 'Acme Issuing' }));
    expect(codes(validate(leaf, [root], [...decoys, issuing]))).toBe('ok');
  });
  test('two CAs that sign each other end', () => {
    const a = ca({ subject: 'A' });
    const b = ca({ subject: 'B' });
    const aByB = b.ca({ subject: 'A', key: { publicKey: a.publicKey, privateKey: a.privateKey } });
    const bByA = a.ca({ subject: 'B', key: { publicKey: b.publicKey, privateKey: b.privateKey } });
    expect(codes(validate(a.issue(), [root], [aByB, bByA]))).toBe('issuer_unknown');
  });
  test('the budget ends a search, with the reason', () => {
    const crowd = Array.from({ length: 20 }, () => ca({ subject: 'Crowd' }));
    const leaf = ca({ subject: 'Crowd' }).issue({ without: ['2.5.29.35'], notAfter: during - 1000 });
    const result = validate(leaf, [root], crowd, { signatureBudget: 10 });
    expect(codes(result)).toBe('expired budget_exceeded');
    expect(result.ok ? '' : result.failures[1]?.detail).toContain('10 signature checks');
  });
});

describe('purposes and algorithms by argument', () => {
  test('serverAuth', () => {
    const server = { purposes: ['serverAuth'], extra: [extension.keyUsage(['keyEncipherment'])] };
    expect(codes(validate(root.issue(server), [root], [], { purpose: 'serverAuth' }))).toBe('ok');
    expect(codes(validate(root.issue(), [root], [], { purpose: 'serverAuth' }))).toBe('extended_key_usage');
  });
  test('none: any purpose that the whole path has in common, and a CA may be the leaf', () => {
    const mail = root.ca({ subject: 'Mail', purposes: ['emailProtection'] });
    const none = { purpose: null };
    expect(codes(validate(mail.issue({ purposes: ['emailProtection'] }), [root], [mail], none))).toBe('ok');
    expect(codes(validate(mail.issue({ purposes: ['any'] }), [root], [mail], none))).toBe('ok');
    expect(codes(validate(mail.issue(), [root], [mail], none))).toBe('extended_key_usage');
    expect(codes(validate(issuing, [root], [], none))).toBe('ok');
  });
  test('wider algorithms', () => {
    const wide = { algorithms: strongAlgorithms };
    for (const key of ['p521', 'ed25519', 'pss2048'] as const) {
      const strong = ca({ key });
      expect(codes(validate(strong.issue({ key }), [strong], [], wide))).toBe('ok');
      expect(codes(validate(strong.issue(), [strong]))).toMatch(/^algorithm_not_allowed/);
    }
    const rsa = ca({ key: 'rsa2048' });
    expect(codes(validate(rsa.issue({ pss: true }), [rsa], [], wide))).toBe('ok');
    expect(codes(validate(rsa.issue({ pss: true }), [rsa]))).toBe('algorithm_not_allowed');
    expect(codes(validate(root.issue({ key: 'secp256k1' }), [root], [], wide))).toBe('algorithm_not_allowed');
  });
});

describe('dates, both ends included', () => {
  const leaf = root.issue({ notBefore: during, notAfter: during + 60_000 });
  test.each([
    [during - 1, 'not_yet_valid'],
    [during, 'ok'],
    [during + 60_999, 'ok'],
    [during + 61_000, 'expired'],
  ])('%d', (at, expected) => {
    expect(codes(validate(leaf, [root], [], { at }))).toBe(expected);
  });
});

describe('bytes from outside', () => {
  const below = root.ca({ subject: 'Below' });
  const leaf = below.issue({ names: [{ dns: 'a.example.com' }] });
  const altered = (der: Uint8Array) =>
    fc
      .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([index, change]) => der.map((octet, at) => (at === index ? octet ^ change : octet)));
  const readable = (der: Uint8Array) => {
    try {
      return [parseCertificate(der)];
    } catch (error) {
      if (error instanceof ProblemError) return [];
      throw error;
    }
  };
  test('a changed byte in the leaf or in the CA above is refused, with a reason', () => {
    fc.assert(
      fc.property(altered(leaf.der), altered(below.der), fc.boolean(), (badLeaf, badCa, which) => {
        for (const client of which ? readable(badLeaf) : [read(leaf)]) {
          const intermediates = which ? [read(below)] : readable(badCa);
          const anchors = [read(root)];
          const result = validatePath({ leaf: client, anchors, intermediates, at: during, purpose: 'clientAuth' });
          expect(result.ok ? [] : result.failures).not.toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
  });
});

test('a critical policy with a qualifier that nobody knows', () => {
  const qualified = (critical: boolean) => {
    const qualifier = sequence(objectIdentifier('1.2.3.4'), nullValue());
    const value = sequence(sequence(objectIdentifier('1.2.1'), sequence(qualifier)));
    return () => read(root.issue({ extra: [extension.raw('2.5.29.32', value, critical)] }));
  };
  expect(qualified(true)).toThrow(ProblemError);
  expect(qualified(false)().certificatePolicies).toEqual(['1.2.1']);
});
