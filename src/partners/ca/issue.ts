import { refuse } from '../../core/problem.ts';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { formatName } from '../../core/x509/name.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { type Issuer, type Moment, makeLeaf } from './certificates.ts';
import type { IssuedLine } from './folder.ts';
import { registeredNames } from './registered-names.ts';
import { readProvenRequest } from './request.ts';

export interface IssueOrder {
  readonly request: Uint8Array;
  readonly registry: RegistryDocument;
  readonly client: string;
  readonly authority: string;
  readonly days: number;
}

export interface IssuedLeaf extends IssuedLine {
  /** The leaf, then the CA that signed it: what the client sends. */
  readonly chainPem: string;
  /** What the request asked for, when the registry says something else. */
  readonly askedFor: string | undefined;
}

/** A certificate for the key in a request, with the names that the registry has. Writes nothing. */
export async function issueLeaf(order: IssueOrder, issuer: Issuer, moment: Moment): Promise<IssuedLeaf> {
  const { registry, client, authority, days } = order;
  const request = readProvenRequest(order.request);
  const { subject, names } = registeredNames(registry, client, authority);
  const own = parseCertificate(issuer.certificate);
  const document = registry.authorities.find(({ name }) => name === authority);
  if (document === undefined || !document.issuers.includes(own.sha256)) {
    refuse({
      code: 'ca_not_of_authority',
      message: `this CA may not sign clients of authority ${authority}`,
      found: formatName(own.subject),
      remedy: `put its certificates into truststore/authorities/${authority}.pem, or name its folder with --keys`,
    });
  }
  if (own.notAfter <= moment.now) {
    refuse({
      code: 'ca_over',
      message: 'the CA has expired',
      found: new Date(own.notAfter).toISOString(),
      remedy: `sallyport ca renew ${authority}`,
    });
  }
  const der = await makeLeaf(
    { subject, names, publicKey: request.publicKey, days, lists: listsOf(document.revocation) },
    issuer,
    moment,
  );
  const leaf = parseCertificate(der);
  return {
    serial: leaf.serial,
    subject: formatName(leaf.subject),
    client,
    notAfter: new Date(leaf.notAfter).toISOString(),
    chainPem: pemFromDer(der) + pemFromDer(issuer.certificate),
    askedFor: request.subject.key === subject.key ? undefined : formatName(request.subject),
  };
}

/** The lists that are about clients: the root's is about the CA below it. */
function listsOf(revocation: RegistryDocument['authorities'][number]['revocation']): readonly string[] {
  return 'lists' in revocation ? revocation.lists.filter((url) => !url.endsWith('/root.crl')) : [];
}
