import type { RevocationDocument } from '../../../src/core/registry/document.ts';
import type { Registry } from '../../../src/core/registry/registry.ts';
import { believe } from '../../../src/core/revocation/believe.ts';
import { compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../../src/core/revocation/index.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { issueList, type ListSpec } from '../../../src/core/x509/write-crl.ts';
import { during, type Issued } from '../../pki.ts';
import { acme, acmeIssuing, acmeRoot, documentWith, loaded } from './fixture.ts';

export const hour = 3_600_000;

const strict = { lists: ['http://crl.acme.example/ca.crl'], missing: 'deny', stale: 'deny', maxAgeHours: 48 } as const;

/** The registry of the fixture, whose acme-ca wants lists; the given choices replace `deny` and 48 hours. */
export function listsRegistry(
  choices: Partial<Exclude<RevocationDocument, { none: string }>> = {},
  clients: Parameters<typeof documentWith>[0] = [acme],
): Registry {
  const document = documentWith(clients);
  const authorities = document.authorities.map((authority) =>
    authority.name === 'acme-ca' ? { ...authority, revocation: { ...strict, ...choices } } : authority,
  );
  return loaded({ ...document, authorities });
}

/** One current list of each CA of acme-ca, revoking these certificates. */
export function acmeRevocations(
  revoked: readonly Issued[] = [],
  spec: Partial<ListSpec> = {},
  of: readonly Issued[] = [acmeRoot, acmeIssuing],
): RevocationIndex {
  const certificates = [acmeRoot, acmeIssuing].map(({ der }) => parseCertificate(der));
  const lists = of.map((signer) => {
    const issuer = parseCertificate(signer.der).subject;
    const entries = revoked
      .map(({ der }) => parseCertificate(der))
      .filter((certificate) => certificate.issuer.key === issuer.key)
      .map(({ serial }) => ({ serial, revokedAt: during - 24 * hour }));
    const usual = { issuer, thisUpdate: during - hour, nextUpdate: during + 24 * hour, revoked: entries };
    const belief = believe(issueList({ ...usual, ...spec }, signer.privateKey), { certificates, at: during });
    const list = belief.ok ? belief.believed : belief.lapsed;
    if (list === undefined) throw new Error('a list of the fixture is not believed');
    return list;
  });
  return openRevocations(compileRevocations({ authorities: [{ name: 'acme-ca', certificates, lists }] }).bytes);
}
