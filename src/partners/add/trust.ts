import { dayMilliseconds, isoDay } from '../../core/day.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { type FoundChain, maximumCas, searchChain } from '../inspect/search-chain.ts';
import { knownAuthorityOf, newAuthority } from './authority.ts';
import type { Gap, Warning } from './gap.ts';
import { type Asking, ask } from './letters.ts';
import type { Material } from './material.ts';
import { publicSignerOf } from './public-root.ts';

/** Who vouches for a certificate. */
export interface Trust {
  readonly authority?: { readonly name: string; readonly isNew: boolean };
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly chain: readonly Certificate[];
  readonly askings: readonly Asking[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
  readonly isPublic: boolean;
  /** It is self-signed: only exactly it can be registered. */
  readonly pinned: boolean;
}

interface TrustWish {
  readonly authority?: string;
  readonly withoutLists?: string;
}

export const nobody: Trust = {
  files: [],
  chain: [],
  askings: [],
  gaps: [],
  warnings: [],
  isPublic: false,
  pinned: false,
};

const soonDays = 90;

/** An authority of the front, a new one, or nobody but itself. */
export function trustFor(
  leaf: Certificate,
  material: Material,
  registry: Registry,
  wish: TrustWish,
  at: number,
): Trust {
  if (leaf.selfIssued)
    return { ...nobody, pinned: true, warnings: leftOut(material.cas, [], 'the certificate is self-signed') };
  const known = knownAuthorityOf(leaf, registry);
  if (known !== undefined) {
    const chain = registry.authorities.get(known.name)?.certificates ?? [];
    const isPublic = publicSignerOf(chain) !== undefined;
    const authority = { name: known.name, isNew: false };
    const warnings = leftOut(material.cas, chain, `the front has authority ${known.name} for the certificate`);
    if (known.maySign) return { ...nobody, authority, isPublic, warnings };
    const text = `${readableName(leaf.issuer)} is in authority ${known.name}, but may not sign clients there. If it may, name it under \`issuers\` in truststore/authorities/${known.name}.yaml; every certificate that it signs under a registered name is that client from then on`;
    return { ...nobody, isPublic, warnings, gaps: [{ code: 'issuer_not_allowed', who: 'operator', text }] };
  }
  const cas = [...material.cas, ...registered(registry).map(({ ca }) => ca)];
  const found = searchChain(leaf, cas, at);
  const askings = askingsAbove(leaf, found, material, at);
  if (askings.length > 0) return { ...nobody, chain: found.cas, askings };
  return trustNew(leaf, found.cas, material, registry, wish, at);
}

function trustNew(
  leaf: Certificate,
  chain: readonly Certificate[],
  material: Material,
  registry: Registry,
  wish: TrustWish,
  at: number,
): Trust {
  const made = newAuthority({ chain, leaf, name: wish.authority, withoutLists: wish.withoutLists }, registry);
  const warnings: Warning[] = [
    ...fromTheFront(chain, material, registry),
    ...publicWarnings(chain),
    ...leftOut(material.cas, chain),
    ...endingSoon(chain, at),
  ];
  if (wish.withoutLists === undefined && made.files.length > 0) {
    warnings.push({
      code: 'lists_not_on_aws',
      text: 'on AWS nobody is let in under it until `sallyport jobs run` has read its lists, and that has no clock there yet: run it by a scheduler of yours. --without-lists "why" is the choice to go without',
    });
  }
  const isPublic = publicSignerOf(chain) !== undefined;
  return { ...nobody, ...made, chain, warnings, isPublic, authority: { name: made.name, isNew: true } };
}

/** What is missing above a certificate, or must be another; nothing that is not needed. */
export function askingsAbove(
  leaf: Certificate,
  { cas: chain, complete }: FoundChain,
  { cas, findings }: Pick<Material, 'cas' | 'findings'>,
  at: number,
): readonly Asking[] {
  if (!complete) {
    const child = chain.at(-1) ?? leaf;
    const names = [readableName(child.issuer), readableName(child.subject)] as const;
    if (cas.some((ca) => ca.subject.key === child.issuer.key && !chain.includes(ca)))
      return [ask('issuer_signature', ...names)];
    const broken = findings.find(({ finding }) => finding.code === 'block_broken');
    return [ask('issuer_missing', ...names, broken?.finding.message)];
  }
  const over = chain.find(({ notAfter }) => notAfter < at);
  if (over !== undefined) return [ask('ca_expired', readableName(over.subject), isoDay(over.notAfter))];
  return chain.length > maximumCas ? [ask('chain_too_long', chain.length, maximumCas)] : [];
}

function registered(registry: Registry): readonly { readonly ca: Certificate; readonly authority: string }[] {
  return [...registry.authorities.values()].flatMap(({ name, certificates }) =>
    certificates.map((ca) => ({ ca, authority: name })),
  );
}

/** CAs of the chain that nobody sent: the front has them. */
function fromTheFront(chain: readonly Certificate[], { cas }: Material, registry: Registry): readonly Warning[] {
  const sent = new Set(cas.map(({ sha256 }) => sha256));
  return chain
    .filter(({ sha256 }) => !sent.has(sha256))
    .map((one) => {
      const authority = registered(registry).find(({ ca }) => ca.sha256 === one.sha256)?.authority ?? '';
      return {
        code: 'from_the_front',
        text: `${readableName(one.subject)} was not sent, and is in authority ${authority}`,
      };
    });
}

/** CAs that came along and are not written anywhere. */
export function leftOut(
  cas: readonly Certificate[],
  chain: readonly Certificate[],
  reason?: string,
): readonly Warning[] {
  const taken = new Set(chain.map(({ sha256 }) => sha256));
  return cas
    .filter(({ sha256 }) => !taken.has(sha256))
    .map((ca) => {
      const twin = chain.some(({ subject }) => subject.key === ca.subject.key);
      const why = reason ?? (twin ? 'another certificate of the same CA is used' : 'nothing of the chain needs it');
      const by = ca.selfIssued ? '' : `, issued by ${readableName(ca.issuer)}`;
      return {
        code: 'left_out',
        text: `written nowhere: ${readableName(ca.subject)}${by} (until ${isoDay(ca.notAfter)}, sha256 ${ca.sha256.slice(0, 16)}): ${why}`,
      };
    });
}

function publicWarnings(chain: readonly Certificate[]): readonly Warning[] {
  const signer = publicSignerOf(chain);
  if (signer === undefined) return [];
  const root = chain.at(-1);
  if (signer.known) {
    return [
      {
        code: 'public_ca',
        text: `${signer.named ?? (root && readableName(root.subject))} runs public CAs, which stop signing for client authentication (the last by 2027-03-15): the next renewal may not work. Ask the partner for a certificate from a private CA`,
      },
    ];
  }
  return [
    {
      code: 'public_name_only',
      text: `a CA of this chain calls itself ${signer.named}, but its root is none that browsers trust (${root && `${readableName(root.subject)}, sha256 ${root.sha256.slice(0, 16)}`}): a private CA of that company, or somebody who writes its name. Have the fingerprint of the root confirmed on another way before it is trusted`,
    },
  ];
}

function endingSoon(chain: readonly Certificate[], at: number): readonly Warning[] {
  return chain.flatMap((ca) => {
    const left = Math.floor((ca.notAfter - at) / dayMilliseconds);
    if (left >= soonDays) return [];
    const text = `${readableName(ca.subject)} ends on ${isoDay(ca.notAfter)}, in ${left} days: every client below it stops then. Ask for its successor now`;
    return [{ code: 'ca_expires_soon', text }];
  });
}
