import { sign } from 'node:crypto';
import { type BelievedList, believe } from '../../../src/core/revocation/believe.ts';
import { compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations } from '../../../src/core/revocation/index.ts';
import { readList } from '../../../src/core/revocation/list.ts';
import { statusOf } from '../../../src/core/revocation/status.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { issueList, listExtension } from '../../../src/core/x509/write-crl.ts';
import { bitString, objectIdentifier, sequence } from '../../../src/core/x509/write-der.ts';
import { ca, during } from '../../pki.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateDer } from '../mutate-der.ts';
import type { Target } from '../target.ts';
import { fixedKey } from './fixed-key.ts';

const key = fixedKey(11);
const authority = ca({ subject: 'Fuzz Root', key });
const certificates = [parseCertificate(authority.der)];
const leaf = parseCertificate(authority.issue({ subject: 'client', key: fixedKey(12) }).der);
const [anchor] = certificates;
const common = { issuer: leaf.issuer, thisUpdate: during - 1000, nextUpdate: during + 1_000_000 };
const entries = Array.from({ length: 40 }, (_, index) => ({
  serial: (index * 7919 + 1).toString(16),
  revokedAt: during - 5000,
  reason: index % 3 === 0 ? 1 : undefined,
}));
const samples = [
  issueList({ ...common, extensions: [listExtension.crlNumber(3)], revoked: entries }, key.privateKey),
  issueList({ ...common, extensions: [listExtension.crlNumber(4)] }, key.privateKey),
];
const algorithm = sequence(objectIdentifier('1.3.101.112'));

/** Half of them are signed again, so that a list is believed and its entries are read. */
export const listTarget: Target = {
  name: 'list',
  next(random) {
    const sample = random.pick(samples);
    if (random.chance(3)) return mutateBytes(random, sample, samples);
    if (random.chance(2)) return mutateDer(random, sample, samples);
    const tbs = mutateDer(random, readList(sample).tbs, samples);
    return sequence(tbs, algorithm, bitString(sign(null, tbs, key.privateKey)));
  },
  run(input) {
    const belief = believe(input, { certificates, at: during });
    const lists: BelievedList[] = belief.ok ? [belief.believed] : [];
    const { bytes } = compileRevocations({ authorities: [{ name: 'acme-ca', certificates, lists }] });
    if (anchor === undefined) return;
    statusOf({ path: [leaf, anchor], authority: 'acme-ca', index: openRevocations(bytes), at: during });
  },
};
