import type { ClientDocument, IdentityDocument, RegistryDocument } from '../registry/document.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import type { Name } from '../x509/name.ts';
import { parseNameText } from '../x509/name-text.ts';
import { canonicalText } from '../x509/names/canonical-text.ts';
import { attributeNameOf } from '../x509/oid.ts';
import { globNearness, type Nearness, nearness } from './nearness.ts';

/** The client that a certificate of nobody comes near, and in what it differs from what is registered. */
export interface NearestClient {
  readonly client: ClientDocument;
  /** `CN: registered orders-client, presented orders-klient (1 character of 13 apart)`; empty when the name is the same. */
  readonly differences: readonly string[];
}

interface Candidate extends NearestClient {
  readonly distance: number;
}

/** So many attributes may differ, each by a value that is near, or by being there on one side only. */
const maximumDifferences = 2;

/**
 * For people only: nothing is decided by it and nothing is proposed from it. Undefined when no client is as near as the
 * threshold asks (see `nearness`; the common name, or else some value that is not the country, has to be near itself), and
 * when two are equally near: then it would be a guess.
 */
export function nearestClient(leaf: Certificate, { clients }: RegistryDocument): NearestClient | undefined {
  const presented = valuesOf(leaf.subject);
  const found = clients.flatMap((client) => {
    const near = client.identities
      .filter(({ withdrawn }) => withdrawn === undefined)
      .flatMap((identity) => distanceTo(identity, leaf, presented) ?? [])
      .sort((a, b) => a.distance - b.distance);
    return near.slice(0, 1).map((one): Candidate => ({ client, ...one }));
  });
  const [first, second] = found.sort((a, b) => a.distance - b.distance);
  if (first === undefined || first.distance === second?.distance) return undefined;
  return { client: first.client, differences: first.differences };
}

type Distance = Omit<Candidate, 'client'>;

function distanceTo(identity: IdentityDocument, leaf: Certificate, presented: readonly Value[]): Distance | undefined {
  switch (identity.kind) {
    case 'subject':
      return identity.subjectKey === leaf.subject.key
        ? { distance: 0, differences: [] }
        : differencesOf(valuesOf(parseNameText(identity.subject)), presented, nearness);
    case 'subject-glob':
      return differencesOf(valuesOf(parseNameText(identity.subject)), presented, (registered, text) =>
        registered.includes('*') ? globNearness(registered, text) : nearness(registered, text),
      );
    case 'san':
      return nameNear(identity.san, leaf, nearness);
    case 'san-glob':
      return nameNear(identity.san, leaf, globNearness);
    case 'certificate':
      return certificateNear(identity.certificate, leaf);
    case 'key':
      return undefined;
  }
}

/** A certificate that was renewed: the name of the one that is registered, exactly. */
function certificateNear(base64: string, leaf: Certificate): Distance | undefined {
  const registered = parseCertificate(Buffer.from(base64, 'base64'));
  if (registered.subject.rdns.length === 0 || registered.subject.key !== leaf.subject.key) return undefined;
  const sameKey = registered.spkiSha256 === leaf.spkiSha256;
  const how = `the same name, ${sameKey ? 'the same key' : 'another key'}`;
  return {
    distance: 1,
    differences: [
      `certificate: registered ${registered.sha256.slice(0, 16)}, presented ${leaf.sha256.slice(0, 16)} (${how})`,
    ],
  };
}

type Compare = (registered: string, presented: string) => Nearness | undefined;

/** The alternative name of the kind that comes nearest. */
function nameNear(
  { kind, value }: { readonly kind: string; readonly value: string },
  leaf: Certificate,
  compare: Compare,
): Distance | undefined {
  const near = (leaf.subjectAltName ?? []).flatMap((name) => {
    if (name.kind !== kind || !('value' in name) || typeof name.value !== 'string') return [];
    const distance = compare(value, name.value);
    return distance === undefined ? [] : [{ ...distance, text: name.value }];
  });
  const [nearest] = near.sort((a, b) => a.edits - b.edits);
  if (nearest === undefined) return undefined;
  const difference = `${kind} name: registered ${value}, presented ${nearest.text} (${nearest.how})`;
  return { distance: nearest.edits, differences: nearest.edits === 0 ? [] : [difference] };
}

interface Value {
  readonly type: string;
  readonly text: string;
}

function valuesOf(name: Name): readonly Value[] {
  return name.rdns.flat().map(({ type, value }) => ({ type: attributeNameOf(type) ?? type, text: String(value) }));
}

/** As names are compared (RFC 5280 §7.1). */
const same = (a: Value, b: Value): boolean => a.type === b.type && canonicalText(a.text) === canonicalText(b.text);

/** Undefined when they are further apart than a slip or a new edition of a name. */
function differencesOf(
  registered: readonly Value[],
  presented: readonly Value[],
  compare: Compare,
): Distance | undefined {
  const equal = registered.filter((one) => presented.some((other) => same(one, other)));
  const lacks = registered.filter((one) => !presented.some((other) => same(one, other)));
  const extra = presented.filter((one) => !registered.some((other) => same(one, other)));
  const types = [...new Set([...lacks, ...extra].map(({ type }) => type))];
  if (types.length > maximumDifferences || types.length > registered.length) return undefined;
  const differences: string[] = [];
  const near = new Set(equal.map(({ type }) => type));
  let distance = types.length === 0 ? 1 : 0;
  for (const type of types) {
    const [own = [], theirs = []] = [lacks, extra].map((values) => values.filter((one) => one.type === type));
    const [mine, yours] = [own[0]?.text, theirs[0]?.text];
    if (mine === undefined || yours === undefined) {
      differences.push(`${type}: registered ${mine ?? 'nothing'}, presented ${yours ?? 'nothing'}`);
      distance += 1;
      continue;
    }
    const nearTo = own.length === 1 && theirs.length === 1 ? compare(mine, yours) : undefined;
    if (nearTo === undefined) return undefined;
    near.add(type);
    differences.push(`${type}: registered ${mine}, presented ${yours} (${nearTo.how})`);
    distance += nearTo.edits;
  }
  const telling = registered.some(({ type }) => type === 'CN') ? ['CN'] : [...near].filter((type) => type !== 'C');
  if (!telling.some((type) => near.has(type))) return undefined;
  if (types.length === 0) differences.push('the same values, in another order or grouped otherwise');
  return { distance, differences };
}
