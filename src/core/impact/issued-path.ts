import { edgeAlgorithms } from '../path/algorithm-policy.ts';
import { NameCheckBudget } from '../path/name-constraints.ts';
import type { PathResult } from '../path/path.ts';
import { type PathFailure, type PathFailureCode, processPath, sameEntity } from '../path/processing.ts';
import { SignatureBudget } from '../path/signature-budget.ts';
import type { Authority } from '../registry/registry.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';

const maximumDepth = 10;
const signatureChecks = 100;

/**
 * What path validation would say of `leaf` within an authority if `issuer` has signed it. The leaf's own signature is taken
 * for granted, which is what the key of the issuer would make; all above it is verified, and everything else is looked at as
 * it always is.
 */
export function issuedPath(authority: Authority, leaf: Certificate, issuer: Certificate, at: number): PathResult {
  const own = authority.certificates.filter((ca) => sameEntity(ca, issuer));
  const chains = own.flatMap((ca) => chainsOf(authority, ca));
  let best: readonly PathFailure[] | undefined;
  for (const chain of chains) {
    const failures = processPath([leaf, ...chain], {
      at,
      purpose: 'clientAuth',
      algorithms: edgeAlgorithms,
      leafMayBeCa: false,
      issuers: authority.issuers,
      policies: undefined,
      names: new NameCheckBudget(),
    });
    if (failures.length === 0) {
      const path = [leaf, ...chain];
      return { ok: true, path, validUntil: Math.min(...path.map(({ notAfter }) => notAfter)) };
    }
    if (best === undefined || failures.length < best.length) best = failures;
  }
  return { ok: false, failures: best ?? [withoutChain(authority, leaf, issuer, own[0])] };
}

function withoutChain(
  authority: Authority,
  leaf: Certificate,
  issuer: Certificate,
  own: Certificate | undefined,
): PathFailure {
  const name = formatName(issuer.subject);
  // it is the CA that hangs in the air, and not the certificate that it has signed
  if (own !== undefined)
    return {
      code: 'issuer_unknown',
      certificate: own,
      detail: `no CA with the name ${formatName(own.issuer)} leads to an anchor`,
    };
  const fail = (code: PathFailureCode, detail: string): PathFailure => ({ code, certificate: leaf, detail });
  return authority.certificates.some(({ subject }) => subject.key === issuer.subject.key)
    ? fail('signature_invalid', `not signed by the key of ${name}`)
    : fail('issuer_unknown', `no CA with the name ${name} leads to an anchor`);
}

const known = new WeakMap<Authority, Map<Certificate, readonly (readonly Certificate[])[]>>();

/** From this CA up to an anchor, every way that names and signatures allow. */
function chainsOf(authority: Authority, ca: Certificate): readonly (readonly Certificate[])[] {
  let ofAuthority = known.get(authority);
  if (ofAuthority === undefined) {
    ofAuthority = new Map();
    known.set(authority, ofAuthority);
  }
  const remembered = ofAuthority.get(ca);
  if (remembered !== undefined) return remembered;
  const signatures = new SignatureBudget(signatureChecks);
  const found: (readonly Certificate[])[] = [];
  const climb = (path: readonly Certificate[]): void => {
    const child = path.at(-1) ?? ca;
    if (authority.anchors.includes(child)) {
      found.push(path);
      return;
    }
    if (path.length > maximumDepth) return;
    for (const parent of authority.certificates) {
      if (parent.subject.key !== child.issuer.key || path.some((used) => sameEntity(used, parent))) continue;
      if (signatures.verifies(child, parent) === true) climb([...path, parent]);
    }
  };
  climb([ca]);
  ofAuthority.set(ca, found);
  return found;
}
