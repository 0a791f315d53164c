import type { Reason } from '../decide/reasons.ts';
import { ProblemError } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Authority } from '../registry/registry.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { pemFromDer } from '../x509/pem.ts';
import { verifiesSignature } from '../x509/signature.ts';
import type { Edit } from './edit.ts';

/** CAs between a client and its root; API Gateway takes four in all. */
const maxMissing = 3;

/**
 * The partner has a new CA, its root is the one that an authority has, and the certificates between came with the client's:
 * they are what is missing, and each is signed by the next. Whether the new one may sign clients is another edit.
 * Undefined when nothing leads up to an authority, or to more than one.
 */
export function chainEdit(
  { code }: Reason,
  document: RegistryDocument,
  leaf: Certificate | undefined,
  presented: readonly Uint8Array[],
): Edit | undefined {
  if (code !== 'issuer_unknown' || leaf === undefined) return undefined;
  const cas = presented.flatMap(caOf);
  const found = [...loadRegistry(document).authorities.values()].flatMap((authority) => {
    const missing = missingBelow(authority, leaf, cas);
    return missing === undefined ? [] : [{ authority, missing }];
  });
  const [only, other] = found;
  if (only === undefined || other !== undefined) return undefined;
  const { authority, missing } = only;
  const names = missing.map(({ subject }) => formatName(subject)).join('; ');
  return {
    text: `authority ${authority.name}: add the CA that came along, ${names}`,
    at: { file: authority.at.file?.replace(/\.yaml$/, '.pem') },
    weakens: `${authority.name} holds one CA more, which its root has signed: ask the partner that it is for clients`,
    change: { pem: missing.map(({ der }) => pemFromDer(der)).join('') },
    apply: (before) => ({
      ...before,
      authorities: before.authorities.map((one) =>
        one.name === authority.name
          ? {
              ...one,
              certificates: [...one.certificates, ...missing.map(({ der }) => Buffer.from(der).toString('base64'))],
            }
          : one,
      ),
    }),
  };
}

/** From the leaf up to a CA of the authority, each signature verified; undefined when it leads nowhere. */
function missingBelow(
  { certificates }: Authority,
  leaf: Certificate,
  cas: readonly Certificate[],
): readonly Certificate[] | undefined {
  const missing: Certificate[] = [];
  for (let below = leaf; missing.length <= maxMissing; ) {
    const child = below;
    const signs = (ca: Certificate) => ca.subject.key === child.issuer.key && verifiesSignature(child, ca);
    if (certificates.some(signs)) return missing.length === 0 ? undefined : missing;
    const next = cas.find((ca) => !missing.includes(ca) && signs(ca));
    if (next === undefined) return undefined;
    missing.push(next);
    below = next;
  }
  return undefined;
}

/** What is no readable CA certificate is left alone: the decision has looked at the client's own. */
function caOf(der: Uint8Array): readonly Certificate[] {
  try {
    const certificate = parseCertificate(der);
    return certificate.basicConstraints?.ca === true ? [certificate] : [];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}
