import fc from 'fast-check';
import { truststoreLimits } from '../../../src/core/aws-limits.ts';
import { admits, type EdgeVerdict } from '../../../src/core/edge/admits.ts';
import { truststoreIndexOf } from '../../../src/core/edge/truststore.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { type Ca, ca, defaultNotAfter, during, type Issued, type IssueSpec, selfSigned } from '../../pki.ts';

function edge(truststore: readonly Issued[], presented: readonly Issued[], at = during): EdgeVerdict {
  return admits(
    truststore.map(({ der }) => parseCertificate(der)),
    presented.map(({ der }) => der),
    at,
  );
}

function refusal(verdict: EdgeVerdict): string {
  if (verdict.admitted) return 'admitted';
  return `${verdict.status} ${verdict.code} ${verdict.message.replace('Access denied. Reason: ', '')}`;
}

const noIssuer = 'Could not find issuer for certificate';
const root = ca({ subject: 'Acme Root' });
const issuing = root.ca({ subject: 'Acme Issuing' });

/** A root and `count` CAs below one another. */
function ladder(count: number): Ca[] {
  const steps = [ca({ subject: 'Step 0' })];
  for (let step = 1; step <= count; step += 1) {
    const above = steps.at(-1);
    if (above !== undefined) steps.push(above.ca({ subject: `Step ${step}` }));
  }
  return steps;
}

describe('the chain, all of it from the truststore', () => {
  test('root and intermediate', () => {
    expect(edge([root, issuing], [issuing.issue()])).toEqual({ admitted: true });
    expect(edge([issuing, root], [issuing.issue()])).toEqual({ admitted: true });
    expect(edge([root], [root.issue()])).toEqual({ admitted: true });
  });
  test('an intermediate that only the client sends does not help', () => {
    expect(refusal(edge([root], [issuing.issue(), issuing]))).toBe(`403 issuer_unknown ${noIssuer}`);
  });
  test('an intermediate without its root does not do', () => {
    expect(refusal(edge([issuing], [issuing.issue()]))).toBe(`403 chain_incomplete ${noIssuer}`);
  });
  test('unknown CA, look-alike CA', () => {
    expect(refusal(edge([root], [ca({ subject: 'Globex Root' }).issue()]))).toBe(`403 issuer_unknown ${noIssuer}`);
    const lookAlike = ca({ subject: 'Acme Root' });
    expect(refusal(edge([root], [lookAlike.issue()]))).toMatch(/^403 signature_invalid/);
  });
  test('four CA certificates are enough, five are too many', () => {
    const four = ladder(3);
    expect(edge(four, [four[3]?.issue() ?? root])).toEqual({ admitted: true });
    const five = ladder(4);
    expect(refusal(edge(five, [five[4]?.issue() ?? root]))).toBe('403 chain_too_long certificate chain too long');
  });
  test('a leaf altered after signing', () => {
    const altered = issuing.issue({ alterSignature: (bits) => bits.map((octet, i) => (i === 9 ? octet ^ 1 : octet)) });
    expect(refusal(edge([root, issuing], [altered]))).toMatch(/^403 signature_invalid/);
  });
});

describe('CAs that share a name', () => {
  test('the one that signed is found, whatever the order and the hints', () => {
    const twins = [ca({ subject: 'Acme Root' }), ca({ subject: 'Acme Root' }), ca({ subject: 'Acme Root' })];
    for (const twin of twins) {
      expect(edge(twins, [twin.issue()])).toEqual({ admitted: true });
      expect(edge(twins, [twin.issue({ without: ['2.5.29.35'] })])).toEqual({ admitted: true });
      const misleading = extension.authorityKeyIdentifier(Uint8Array.of(1, 2, 3));
      expect(edge(twins, [twin.issue({ extra: [misleading] })])).toEqual({ admitted: true });
    }
  });
  test('a CA expired beside its renewal', () => {
    const key = { publicKey: root.publicKey, privateKey: root.privateKey };
    const old = ca({ subject: 'Acme Root', key, notAfter: during - 1000 });
    expect(edge([old, root], [root.issue()])).toEqual({ admitted: true });
    expect(refusal(edge([old], [root.issue()]))).toBe('403 expired certificate has expired');
  });
  test('a crowd of them ends in a refusal, not in a search without end', () => {
    const key = { publicKey: root.publicKey, privateKey: root.privateKey };
    const crowd = Array.from({ length: 30 }, () =>
      root.ca({ subject: 'Acme Loop', issuer: 'Acme Loop', key, signWith: key.privateKey }),
    );
    const outsider = ca({ subject: 'Globex Root' });
    const loops = crowd.map(() =>
      outsider.ca({ subject: 'Acme Loop', issuer: 'Acme Loop', key, signWith: key.privateKey }),
    );
    const client = root.issue({ issuer: 'Acme Loop' });
    expect(edge([...crowd, ...loops], [client]).admitted).toBe(true);
    const open = crowd.map(() => root.ca({ subject: 'Round', issuer: 'Round', signWith: outsider.privateKey }));
    expect(edge(open, [root.issue({ issuer: 'Round' })]).admitted).toBe(false);
  });
  test('CAs that certify each other in a circle', () => {
    const pairs = Array.from({ length: 12 }, (_, index) => ca({ subject: `Ring ${index % 2}` }));
    const ring = pairs.flatMap((signer, index) =>
      pairs
        .filter((_, other) => other % 2 !== index % 2)
        .map((below) =>
          signer.ca({
            subject: `Ring ${(index + 1) % 2}`,
            key: { publicKey: below.publicKey, privateKey: below.privateKey },
          }),
        ),
    );
    const verdict = edge(ring, [pairs[0]?.issue() ?? root]);
    expect(refusal(verdict)).toMatch(/^403 (budget_exceeded|chain_too_long|chain_incomplete)/);
  });
});

describe('self-signed', () => {
  const pinned = selfSigned({ subject: 'pinned.acme.example' });
  test('in the truststore', () => {
    expect(edge([root, pinned], [pinned])).toEqual({ admitted: true });
  });
  test('not in the truststore', () => {
    expect(refusal(edge([root], [pinned]))).toBe('403 self_signed self signed certificate');
    const again = selfSigned({ subject: 'pinned.acme.example' });
    expect(refusal(edge([pinned], [again]))).toBe('403 self_signed self signed certificate');
  });
  test('in the truststore but expired', () => {
    expect(refusal(edge([pinned], [pinned], defaultNotAfter + 1000))).toMatch(/^403 expired/);
  });
  test('its own issuer by name only', () => {
    const forged = root.issue({ subject: 'Acme Root', issuer: 'Acme Root', signWith: issuing.privateKey });
    expect(refusal(edge([root], [forged]))).toMatch(/^403 signature_invalid/);
  });
});

describe('dates, both ends included', () => {
  const leaf = root.issue({ notBefore: during, notAfter: during + 60_000 });
  test.each([
    [during - 1, 'not_yet_valid'],
    [during, 'admitted'],
    [during + 60_999, 'admitted'],
    [during + 61_000, 'expired'],
  ])('%d', (at, expected) => {
    expect(refusal(edge([root], [leaf], at))).toContain(expected);
  });
  test('an expired intermediate', () => {
    const old = root.ca({ subject: 'Acme Old', notAfter: during - 1000 });
    const verdict = edge([root, old], [old.issue()]);
    expect(refusal(verdict)).toMatch(/^403 expired/);
    expect(verdict.admitted ? '' : verdict.detail).toContain('CN=Acme Old');
  });
});

describe('algorithms', () => {
  const cases: [string, IssueSpec, string][] = [
    ['SHA-1', { signatureHash: 'sha1' }, 'Client cert using an insecure Signature Algorithm'],
    ['SHA-224', { signatureHash: 'sha224' }, 'Client cert using an insecure Signature Algorithm'],
    ['RSA of 1,024 bits', { key: 'rsa1024' }, 'insecure key'],
    ['P-521', { key: 'p521' }, 'insecure key'],
    ['secp256k1', { key: 'secp256k1' }, 'insecure key'],
    ['Ed25519', { key: 'ed25519' }, 'insecure key'],
    ['RSA of 2,048 bits', { key: 'rsa2048' }, 'admitted'],
    ['P-384', { key: 'p384' }, 'admitted'],
    ['SHA-512', { signatureHash: 'sha512' }, 'admitted'],
  ];
  test.each(cases)('%s', (_, spec, expected) => {
    expect(refusal(edge([root], [root.issue(spec)]))).toContain(expected);
  });
  test('a weak CA is no better than a weak client', () => {
    const weak = ca({ key: 'rsa1024' });
    expect(refusal(edge([weak], [weak.issue()]))).toContain('insecure key');
    const old = ca({ signatureHash: 'sha1' });
    expect(refusal(edge([old], [old.issue()]))).toContain('insecure Signature Algorithm');
  });
});

describe('what AWS does not document is not checked here', () => {
  test.each<[string, IssueSpec]>([
    ['a server certificate', { purposes: ['serverAuth'] }],
    ['key usage', { extra: [extension.keyUsage(['cRLSign'])] }],
    ['an unknown critical extension', { extra: [extension.raw('1.2.3.4', Uint8Array.of(5, 0), true)] }],
  ])('%s', (_, spec) => {
    expect(edge([root], [root.issue(spec)])).toEqual({ admitted: true });
  });
});

describe('limits and bad input', () => {
  test('no certificate closes the connection', () => {
    expect(refusal(edge([root], []))).toBe('connection-closed no_certificate the client sent no certificate');
  });
  test('over a thousand certificates, over a megabyte', () => {
    const one = parseCertificate(root.der);
    expect(
      truststoreIndexOf(Array.from({ length: truststoreLimits.certificates }, () => one)).tooLarge,
    ).toBeUndefined();
    const many = Array.from({ length: truststoreLimits.certificates + 1 }, () => one);
    const verdict = admits(many, [root.issue().der], during);
    expect(refusal(verdict)).toMatch(/^403 truststore_too_large/);
    const big = ca({ extra: [extension.raw('1.2.3.4', new Uint8Array(9000))] });
    const heavy = Array.from({ length: 90 }, () => parseCertificate(big.der));
    expect(truststoreIndexOf(heavy).tooLarge).toContain('bytes');
    expect(truststoreIndexOf(heavy)).toBe(truststoreIndexOf(heavy));
  });
  test('any bytes are refused with 403', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const verdict = admits([parseCertificate(root.der)], [bytes], during);
        expect(refusal(verdict)).toBe('403 certificate_malformed malformed certificate');
      }),
      { numRuns: 50 },
    );
  });
  test('any changed byte of a good certificate is a verdict, and never an admission', () => {
    const good = root.issue().der;
    const truststore = [parseCertificate(root.der)];
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const bad = good.map((octet, i) => (i === index ? octet ^ change : octet));
        expect(admits(truststore, [bad], during).admitted).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
