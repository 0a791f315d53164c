import type { ClientDocument, RegistryDocument } from '../registry/document.ts';
import { generalNameKey, sanKey } from '../registry/san.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Name } from '../x509/name.ts';
import { parseNameText } from '../x509/name-text.ts';
import { canonicalText } from '../x509/names/canonical-text.ts';
import { attributeNameOf } from '../x509/oid.ts';

/** The client that a certificate of nobody comes closest to, and in what its subject differs from the registered one. */
export interface NearestClient {
  readonly client: ClientDocument;
  /** `CN: registered orders-client, presented orders-klient`; empty when the name is the same, from another authority. */
  readonly differences: readonly string[];
}

/** For people only: nothing is decided by it. Undefined when no client shares a value of the subject or a SAN. */
export function nearestClient(leaf: Certificate, { clients }: RegistryDocument): NearestClient | undefined {
  const presented = valuesOf(leaf.subject);
  const names = new Set((leaf.subjectAltName ?? []).map(generalNameKey));
  let nearest: NearestClient | undefined;
  for (const client of clients) {
    for (const identity of client.identities) {
      let differences: readonly string[] | undefined;
      if (identity.kind === 'san') {
        differences = names.has(sanKey(identity.san.kind, identity.san.value)) ? [] : undefined;
      } else if (identity.kind === 'subject') {
        differences =
          identity.subjectKey === leaf.subject.key
            ? []
            : differencesOf(valuesOf(parseNameText(identity.subject)), presented);
      }
      if (differences === undefined) continue;
      if (nearest === undefined || differences.length < nearest.differences.length) nearest = { client, differences };
    }
  }
  return nearest;
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

/** Undefined when they share too little to be a slip: fewer values are equal than differ, or only the country is. */
function differencesOf(registered: readonly Value[], presented: readonly Value[]): readonly string[] | undefined {
  const equal = registered.filter((one) => presented.some((other) => same(one, other)));
  if (!equal.some(({ type }) => type !== 'C')) return undefined;
  const lacks = registered.filter((one) => !presented.some((other) => same(one, other)));
  const extra = presented.filter((one) => !registered.some((other) => same(one, other)));
  const types = new Set([...lacks, ...extra].map(({ type }) => type));
  if (types.size > equal.length) return undefined;
  if (types.size === 0) return ['the same values, in another order or grouped otherwise'];
  const list = (values: readonly Value[], type: string) =>
    values
      .filter((one) => one.type === type)
      .map(({ text }) => text)
      .join(' and ') || 'nothing';
  return [...types].map((type) => `${type}: registered ${list(lacks, type)}, presented ${list(extra, type)}`);
}
