import { admits } from '../../../src/core/edge/admits.ts';
import { edgeDifference } from '../../../src/core/edge/stock-servers.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { type Ca, ca, during, type Issued } from '../../pki.ts';

function difference(truststore: readonly Issued[], presented: readonly Issued[], at = during): string | undefined {
  const trusted = truststore.map(({ der }) => parseCertificate(der));
  const sent = presented.map(({ der }) => der);
  return edgeDifference(admits(trusted, sent, at), trusted, sent, at);
}

const root = ca({ subject: 'Acme Root' });
const issuing = root.ca({ subject: 'Acme Issuing' });

test('an intermediate that only the client sends', () => {
  const text = difference([root], [issuing.issue(), issuing]);
  expect(text).toMatch(
    /^OpenSSL 3\.\S+, Node 24\.\S+, Java 17\.\S+ and Go 1\.\S+ accept this, since the client sends .*Acme Issuing/,
  );
  expect(text).toMatch(/API Gateway answers 403, because it takes intermediates from the truststore only/);
});

test('five CAs, a P-521 key', () => {
  const steps: Ca[] = [ca({ subject: 'Step 0' })];
  for (const step of [1, 2, 3, 4]) steps.push((steps.at(-1) as Ca).ca({ subject: `Step ${step}` }));
  expect(difference(steps, [(steps.at(-1) as Ca).issue()])).toMatch(/403, because it counts at most four/);
  expect(difference([root, issuing], [issuing.issue({ key: 'p521' })])).toMatch(/P-256 and P-384 only/);
});

test('nothing is claimed where a stock server refuses as well, or where nobody refuses', () => {
  expect(difference([root, issuing], [issuing.issue()])).toBeUndefined();
  expect(difference([root], [issuing.issue()])).toBeUndefined();
  expect(difference([root], [])).toBeUndefined();
  expect(difference([root], [ca({ subject: 'Acme Root' }).issue()])).toBeUndefined();
  expect(difference([root], [issuing.issue({ notAfter: during - 1000 }), issuing])).toBeUndefined();
  expect(difference([issuing], [issuing.issue()])).toBeUndefined();
  expect(difference([root], [issuing.issue({ key: 'rsa1024' }), issuing])).toBeUndefined();
});
