import { isoDay } from '../../core/day.ts';
import { edgeAlgorithms } from '../../core/path/algorithm-policy.ts';
import { type CheckFailure, checkCertificate } from '../../core/path/certificate-checks.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { generalNameText } from '../inspect/items/describe.ts';
import { type Asking, ask } from './letters.ts';
import type { Material } from './material.ts';

export interface Choice {
  /** The certificate that would connect. */
  readonly leaf?: Certificate;
  /** Those that were not taken, and why. */
  readonly passedOver: readonly { readonly certificate: Certificate; readonly why: string }[];
  /** Several could be meant; `--certificate` says which. */
  readonly among: readonly Certificate[];
}

/** What is wrong with a certificate as one that a client connects with. */
export function problemsOf(leaf: Certificate, at: number): readonly CheckFailure[] {
  const request = { at, purpose: 'clientAuth', algorithms: edgeAlgorithms, leafMayBeCa: false } as const;
  return checkCertificate(leaf, 'leaf', request);
}

/**
 * Which of several certificates of clients is meant: the one that was named, else the only one whose key is with it, else the
 * only one that can connect at all. It is never guessed between two that could.
 */
export function chooseLeaf({ clients, keys }: Material, wished: string | undefined, at: number): Choice {
  const [only, ...others] = clients;
  if (wished !== undefined) {
    const leaf = named(clients, wished);
    return {
      leaf,
      passedOver: rest(clients, leaf, () => 'another was named'),
      among: leaf === undefined ? clients : [],
    };
  }
  if (only === undefined || others.length === 0) return { leaf: only, passedOver: [], among: [] };
  const own = new Set(keys.flatMap(({ of }) => of ?? []));
  const withKey = clients.filter(({ sha256 }) => own.has(sha256));
  const candidates = withKey.length === 1 && own.size === 1 ? withKey : clients;
  const fit = candidates.filter((one) => problemsOf(one, at).length === 0);
  const [leaf, ...more] = fit.length === 0 ? candidates : fit;
  if (more.length > 0 || leaf === undefined) return { passedOver: [], among: clients };
  const why = (one: Certificate) => problemsOf(one, at)[0]?.detail ?? 'the key in the file is not of this one';
  return { leaf, passedOver: rest(clients, leaf, why), among: [] };
}

function rest(clients: readonly Certificate[], leaf: Certificate | undefined, why: (one: Certificate) => string) {
  return clients.filter((one) => one !== leaf).map((certificate) => ({ certificate, why: why(certificate) }));
}

/** By its number, from 1, or by its SHA-256 in hex, with or without colons, or how it begins. */
function named(clients: readonly Certificate[], wished: string): Certificate | undefined {
  if (/^\d{1,3}$/.test(wished)) return clients[Number(wished) - 1];
  const hex = wished.replaceAll(':', '').toLowerCase();
  const found = /^[0-9a-f]{8,64}$/.test(hex) ? clients.filter(({ sha256 }) => sha256.startsWith(hex)) : [];
  return found.length === 1 ? found[0] : undefined;
}

/** What people call it: its subject, or without one its first alternative name. */
export function calledOf({ subject, subjectAltName = [] }: Certificate): string {
  const [first] = subjectAltName;
  return subject.rdns.length > 0 || first === undefined ? readableName(subject) : generalNameText(first);
}

/** How several are told apart: `1. CN=… (serial …, sha256 …)`. */
export function numbered(clients: readonly Certificate[]): readonly string[] {
  return clients.map(
    (one, index) => `${index + 1}. ${calledOf(one)} (until ${isoDay(one.notAfter)}, sha256 ${one.sha256.slice(0, 16)})`,
  );
}

/** What a certificate must be replaced for; empty when it can connect now. */
export function askingsFor(leaf: Certificate, at: number): readonly Asking[] {
  const name = calledOf(leaf);
  const asked = problemsOf(leaf, at).flatMap(({ code, detail }): readonly Asking[] => {
    if (code === 'not_yet_valid') return [];
    if (code === 'extended_key_usage') return [ask('not_for_clients', name)];
    if (code === 'expired') return [ask('expired', name, isoDay(leaf.notAfter))];
    if (code === 'weak_key' || code === 'weak_signature' || code === 'algorithm_not_allowed') {
      return [ask('weak', name, detail)];
    }
    return [ask('unfit', name, detail)];
  });
  // an expired one has to be replaced anyway: what else is wrong with it says what by
  const lasting = asked.filter(({ code }) => code !== 'expired');
  return lasting.length > 0 ? lasting : asked;
}
