import { type Identified, identify, identifyBy } from '../decide/caller/identify.ts';
import { notRevoked } from '../decide/caller/revocation.ts';
import { emptyOverlay } from '../decide/overlay.ts';
import type { Reason } from '../decide/reasons.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Client, Registry } from '../registry/registry.ts';
import { withoutWithdrawn } from '../release/reduce.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { Access, type Refused, type Side } from './access.ts';
import { issuedPath } from './issued-path.ts';
import { namelessLeaf, type Person, peopleOf, textOf } from './person.ts';

/** One way in which a client is let in under one registry and refused under the other. */
export interface Way extends Refused {
  /** Identities that it is about, for people; empty: all of the client's. */
  readonly identities: readonly string[];
  /** CAs that have signed whoever is refused; empty: whichever. */
  readonly issuers: readonly string[];
}

export interface ClientImpact {
  readonly client: string;
  /** Nothing that it may do is left to it. */
  readonly whole: boolean;
  readonly ways: readonly Way[];
}

export interface Impact {
  /** Allowed under the first registry, refused under the second: what the second refuses them for. */
  readonly lost: readonly ClientImpact[];
  /** Refused under the first, allowed under the second: what the first refuses them for. */
  readonly gained: readonly ClientImpact[];
  /** Let in under both, by different names. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** How many were decided: identities times the CAs that may sign them, of both registries. */
  readonly decided: number;
}

/**
 * Everybody who is registered in one of the two, decided under both: who is let in by the one and refused by the other. What
 * the files say of somebody is not compared, only what becomes of him, so that a CA that was swapped under its name shows as
 * the people whom it has signed. Lists of revoked certificates and blocks are left out of it: they are as they are.
 */
export function impactOf(before: RegistryDocument, after: RegistryDocument, now: number): Impact {
  const [old, young] = [sideOf(before), sideOf(after)];
  const lost = difference(old, young, now);
  const gained = difference(young, old, now);
  return {
    lost: lost.clients,
    gained: gained.clients,
    renamed: lost.renamed,
    decided: lost.decided + gained.decided,
  };
}

/** A registry that is left half-way between two lets nobody in by what is withdrawn. */
function sideOf(document: RegistryDocument): Side {
  const plain = withoutWithdrawn(document);
  return { document: plain, registry: loadRegistry(plain) };
}

function difference(own: Side, other: Side, now: number) {
  const access = new Access(own, other, now);
  const clients = new Map<string, { ways: Map<string, Gathered>; kept: boolean; people: Set<string> }>();
  const renamed = new Map<string, { from: string; to: string }>();
  let decided = 0;
  for (const person of peopleOf(own.registry, keyIssuers(own.registry, other.registry, now))) {
    decided += 1;
    const before = whose(person, own.registry, now);
    if ('reasons' in before || !access.mayAnything(before.client)) continue;
    const after = whose(person, other.registry, now);
    const name = before.client.name;
    const known = clients.get(name) ?? { ways: new Map(), kept: false, people: new Set() };
    clients.set(name, known);
    known.people.add(textOf(person));
    if ('reasons' in after) {
      gather(known.ways, person, { requests: [], reasons: after.reasons });
      continue;
    }
    if (after.client.name !== name) renamed.set(`${name} ${after.client.name}`, { from: name, to: after.client.name });
    const refused = access.lostAs(before.client, after.client);
    if (!refused.some(({ requests, from }) => requests.length === 0 && from === undefined)) known.kept = true;
    for (const one of refused) gather(known.ways, person, one);
  }
  return {
    decided,
    renamed: [...renamed.values()],
    clients: [...clients].flatMap(([client, { ways, kept, people }]): readonly ClientImpact[] =>
      ways.size === 0 ? [] : [{ client, whole: !kept, ways: [...ways.values()].map((way) => wayOf(way, people.size)) }],
    ),
  };
}

/** Who it is under this registry, or why nobody. */
export function whose(
  { issuer, leaf }: Pick<Person, 'issuer' | 'leaf'>,
  registry: Registry,
  now: number,
): { readonly client: Client } | { readonly reasons: readonly Reason[] } {
  const found =
    issuer === undefined
      ? identify(leaf, registry, now, emptyOverlay)
      : identifyBy({
          leaf,
          registry,
          now,
          check: (authority) => ({ result: issuedPath(authority, leaf, issuer, now), revocation: notRevoked }),
        });
  return isIdentified(found) ? { client: found.client } : { reasons: found.reasons };
}

const isIdentified = (found: ReturnType<typeof identify>): found is Identified => !('reasons' in found);

/**
 * The CAs under which a key without an authority is looked at: one that stays, and all that go. Whose the key is does not
 * depend on anything else of them.
 */
function keyIssuers(own: Registry, other: Registry, now: number): readonly Certificate[] {
  const all = [...own.authorities.values()].flatMap(({ issuers }) => issuers);
  const isFit = (registry: Registry, issuer: Certificate) => {
    const leaf = namelessLeaf(issuer);
    return registry.authoritiesIssuing(leaf).some((authority) => issuedPath(authority, leaf, issuer, now).ok);
  };
  const fit = all.filter((issuer) => isFit(own, issuer));
  const going = fit.filter((issuer) => !isFit(other, issuer));
  const staying = fit.find((issuer) => !going.includes(issuer));
  return staying === undefined ? going : [staying, ...going];
}

interface Gathered {
  readonly refused: Refused;
  readonly identities: Set<string>;
  readonly issuers: Set<string>;
}

/** Ways that differ only in whom they are about are one. */
function gather(ways: Map<string, Gathered>, person: Person, refused: Refused): void {
  const { requests, reasons, from } = refused;
  const key = JSON.stringify([requests, from, reasons.map(({ code, expected }) => [code, expected])]);
  const known = ways.get(key) ?? { refused, identities: new Set(), issuers: new Set() };
  ways.set(key, known);
  known.identities.add(textOf(person));
  if (person.issuer !== undefined) known.issuers.add(formatName(person.issuer.subject));
}

function wayOf({ refused, identities, issuers }: Gathered, people: number): Way {
  return { ...refused, identities: identities.size === people ? [] : [...identities], issuers: [...issuers] };
}
