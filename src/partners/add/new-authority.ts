import type { Registry } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { newAuthority } from './authority.ts';
import { noteOf } from './found.ts';
import type { Gap, Warning } from './gap.ts';
import { type IssuingChain, issuingChains } from './issuing-chain.ts';
import { gapsFor } from './letters.ts';
import { type Material, toSay } from './material.ts';
import { askingsAbove, leftOut } from './trust.ts';

interface AuthorityProposal {
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
}

/** Files for the chain in what was sent; what was found and left out is said as `client add` says it. */
export function authorityFrom(
  material: Material,
  registry: Registry,
  wish: { readonly name: string; readonly withoutLists?: string },
  at: number,
): AuthorityProposal | { readonly several: readonly Certificate[] } | { readonly none: true } {
  const { cas, clients } = material;
  const registered = [...registry.authorities.values()].flatMap(({ certificates }) => certificates);
  const sent = new Set(cas.map(({ sha256 }) => sha256));
  const chains = issuingChains([...cas, ...registered], at).filter(({ chain }) => sent.has(chain[0]?.sha256 ?? ''));
  const meant = ofClients(chains, clients);
  const [only, ...others] = meant.length > 0 ? meant : chains;
  const issuer = only?.chain[0];
  if (only === undefined || issuer === undefined) return { none: true };
  if (others.length > 0) return { several: [only, ...others].flatMap(({ chain }) => chain.slice(0, 1)) };
  const notes = [
    ...toSay(material, undefined).map(noteOf),
    ...leftOut(cas, only.chain),
    ...clients.map(({ subject }) => ({
      code: 'left_out',
      text: `${readableName(subject)} is no CA: \`sallyport client add\` registers it`,
    })),
    ...(material.keys.length === 0 ? [] : [keySent]),
  ];
  const askings = askingsAbove(issuer, { cas: only.chain, complete: only.complete }, material, at);
  if (askings.length > 0) return { files: [], gaps: gapsFor(askings, undefined), warnings: notes };
  const made = newAuthority({ chain: only.chain, ...wish }, registry);
  return { files: made.files, gaps: made.gaps, warnings: notes };
}

const keySent: Warning = {
  code: 'key_sent',
  text: 'a private key came along: whoever has read the message has it. Tell whoever sent it to have it replaced, and never to send a key',
};

/** When a client's certificate came along, the chain that it belongs to is the one that is meant. */
function ofClients(chains: readonly IssuingChain[], clients: readonly Certificate[]): readonly IssuingChain[] {
  return chains.filter(({ chain }) => clients.some((client) => client.issuer.key === chain[0]?.subject.key));
}
