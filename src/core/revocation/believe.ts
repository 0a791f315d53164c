import { type AlgorithmPolicy, keyProblemOf, signatureProblemOf, strongAlgorithms } from '../path/algorithm-policy.ts';
import { dateProblemOf } from '../path/certificate-checks.ts';
import { ProblemError } from '../problem.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { verifiesSignature } from '../x509/signature.ts';
import { type ScannedEntries, scanEntries } from './entries.ts';
import { issuerIdOf, issuerIdsOf } from './issuer-id.ts';
import { readList, type UnverifiedList } from './list.ts';
import { seedOf } from './serial-hash.ts';

/** Under which circumstances a list is believed. */
export interface ListTrust {
  /** The CA certificates of one authority. A list is signed by one of them, or it is nobody's. */
  readonly certificates: readonly Certificate[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Since thisUpdate. Absent: as long as the list says. */
  readonly maxAgeMilliseconds?: number;
  /** Whether a list that names no end may be believed at all, which RFC 5280 §5.1.2.5 forbids CAs to issue. Default: no. */
  readonly withoutNextUpdate?: boolean;
  /** Default: everything that is strong. No edge ever looks at a list. */
  readonly algorithms?: AlgorithmPolicy;
}

type DisbeliefCode =
  | 'list_malformed'
  | 'list_issuer_unknown'
  | 'list_signer_not_allowed'
  | 'list_signature_invalid'
  | 'list_signature_weak'
  | 'list_indirect'
  | 'list_critical_extension'
  | 'list_not_yet_valid'
  | 'list_expired'
  | 'list_too_old'
  | 'list_without_next_update';

interface Disbelief {
  readonly code: DisbeliefCode;
  /** What was found and what is wanted. */
  readonly detail: string;
}

export interface BelievedList {
  readonly list: UnverifiedList;
  /** Ids of the CA that it speaks for: its name with each of its keys. */
  readonly issuers: readonly string[];
  /** Id of the name and key that signed it. Whether that CA stands is settled when lists are compiled. */
  readonly signer: string;
  readonly entries: ScannedEntries;
}

export type Belief =
  | { readonly ok: true; readonly believed: BelievedList }
  | ({
      readonly ok: false;
      /** With `list_expired` and `list_too_old`: the list, with which everything else is right. In an index it is stale. */
      readonly lapsed?: BelievedList;
    } & Disbelief);

/**
 * Whether a list counts (RFC 5280 §6.3.3 (b), (f), (g), §5.2, §5.3): read strictly, every critical extension processed,
 * current, signed by a CA of this authority that has the list's name and may sign lists. Entries are looked at last, when
 * it is known whose they are. Never throws for what came from outside.
 */
export function believe(der: Uint8Array, trust: ListTrust): Belief {
  try {
    const list = readList(der);
    const problem = problemOf(list);
    if (problem !== undefined) return { ok: false, ...problem };
    const early = startProblemOf(list, trust);
    if (early !== undefined) return { ok: false, ...early };
    const signer = signerOf(list, trust);
    if ('code' in signer) return { ok: false, ...signer };
    const entries = scanEntries(list.entries, seedOf(list.issuer));
    if (entries.indirect) return { ok: false, ...indirect };
    if (entries.unknownCritical !== undefined) {
      const detail = `critical extension ${entries.unknownCritical} of an entry`;
      return { ok: false, code: 'list_critical_extension', detail };
    }
    const believed = {
      list,
      issuers: issuerIdsOf(signer, trust.certificates),
      signer: issuerIdOf(signer),
      entries,
    };
    const late = endProblemOf(list, trust);
    return late === undefined ? { ok: true, believed } : { ok: false, ...late, lapsed: believed };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { ok: false, code: 'list_malformed', detail: error.problems[0]?.message ?? '' };
  }
}

const indirect: Disbelief = {
  code: 'list_indirect',
  detail: 'an indirect list: it speaks for other issuers than its own, whom its signer cannot vouch for',
};

function problemOf(list: UnverifiedList): Disbelief | undefined {
  if (list.issuingDistributionPoint?.indirect === true) return indirect;
  if (list.unknownCritical === undefined) return undefined;
  return { code: 'list_critical_extension', detail: `critical extension ${list.unknownCritical}` };
}

// Both ends are included, and a list counts in seconds, like a certificate.

function startProblemOf({ thisUpdate, nextUpdate }: UnverifiedList, trust: ListTrust): Disbelief | undefined {
  if (secondOf(trust.at) < thisUpdate)
    return { code: 'list_not_yet_valid', detail: `thisUpdate ${dateText(thisUpdate)}` };
  if (nextUpdate !== undefined || trust.withoutNextUpdate === true) return undefined;
  return { code: 'list_without_next_update', detail: 'without nextUpdate, so that nobody knows how long it holds' };
}

function endProblemOf({ thisUpdate, nextUpdate }: UnverifiedList, trust: ListTrust): Disbelief | undefined {
  const { at, maxAgeMilliseconds } = trust;
  if (nextUpdate !== undefined && secondOf(at) > nextUpdate) {
    return { code: 'list_expired', detail: `nextUpdate ${dateText(nextUpdate)}` };
  }
  if (maxAgeMilliseconds === undefined || secondOf(at) - thisUpdate <= maxAgeMilliseconds) return undefined;
  const hours = maxAgeMilliseconds / 3_600_000;
  return { code: 'list_too_old', detail: `thisUpdate ${dateText(thisUpdate)}; at most ${hours} h old` };
}

/** The CA that signed the list, or the reason that comes closest. */
function signerOf(list: UnverifiedList, trust: ListTrust): Certificate | Disbelief {
  const { certificates, at, algorithms = strongAlgorithms } = trust;
  const issuer = formatName(list.issuer);
  const namesakes = certificates.filter((ca) => ca.subject.key === list.issuer.key);
  if (namesakes.length === 0) {
    return { code: 'list_issuer_unknown', detail: `issued by ${issuer}, which is no CA of this authority` };
  }
  const weak = signatureProblemOf(list.signatureAlgorithm, algorithms);
  if (weak !== undefined) return { code: 'list_signature_weak', detail: weak.detail };
  // §6.3.3 (f): a key usage, where there is one, must have cRLSign
  const allowed = namesakes.filter(({ keyUsage }) => keyUsage === undefined || keyUsage.has('cRLSign'));
  if (allowed.length === 0) {
    return { code: 'list_signer_not_allowed', detail: `the key usage of ${issuer} lacks cRLSign` };
  }
  const signer = allowed.find((ca) => verifiesSignature(list, ca));
  if (signer === undefined) {
    return { code: 'list_signature_invalid', detail: `not signed by a key of ${issuer} that may sign lists` };
  }
  const key = keyProblemOf(signer.publicKey, algorithms);
  if (key !== undefined) return { code: 'list_signature_weak', detail: key.detail };
  const sameKey = allowed.filter((ca) => ca.spkiSha256 === signer.spkiSha256);
  const current = sameKey.find((ca) => dateProblemOf(ca, at) === undefined);
  if (current !== undefined) return current;
  return { code: 'list_signer_not_allowed', detail: `${issuer}: ${dateProblemOf(signer, at)?.detail}` };
}

const secondOf = (at: number): number => Math.floor(at / 1000) * 1000;
const dateText = (at: number): string => new Date(at).toISOString();
