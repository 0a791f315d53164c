import { isSelfSigned } from '../registry/issuer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { verifiesSignature } from '../x509/signature.ts';
import { type Pair, type Part, paired } from './combine.ts';
import { serialHashOf } from './index.ts';
import { issuerIdOf } from './issuer-id.ts';

/** What the CA certificates of an authority are, as far as its own lists say. */
export interface Settled {
  /** Lists whose signer stands: an anchor, or certified by a CA that stands and revoked by no list that counts. */
  readonly counting: readonly Part[];
  /** The others, with what became of their signers. */
  readonly distrusted: readonly { readonly part: Part; readonly detail: string }[];
}

type Standing = { readonly stands: true } | { readonly stands: false; readonly why: string };

/**
 * RFC 5280 §6.3.3 (f): the signer of a list needs a valid path itself, revocation included. Settled from the anchors
 * down: a CA's lists count once its own status is known, and only lists that count settle anything. CAs that can be
 * settled by nothing but their own lists, or each other's, count as revoked: whoever took one key would clear it.
 */
export function settle(
  parts: readonly Part[],
  certificates: readonly Certificate[],
  anchors: readonly Certificate[] = certificates.filter(isSelfSigned),
): Settled {
  const known = new Map<Certificate, Standing>();
  for (const anchor of certificates.filter((ca) => anchors.includes(ca))) known.set(anchor, { stands: true });
  const open = new Map(
    certificates.filter((ca) => !known.has(ca)).map((ca) => [ca, parentsOf(ca, certificates)] as const),
  );
  const names = namesFunction();
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    const counting = paired(parts.filter((part) => vouching(part, certificates, known) === 'counts'));
    const undecided = parts.filter((part) => vouching(part, certificates, known) === 'open');
    for (const [ca, parents] of open) {
      const standing = standingOf(ca, parents, known, counting, undecided, names);
      if (standing === undefined) continue;
      known.set(ca, standing);
      open.delete(ca);
    }
  }
  const why = 'nothing but its own lists, or lists that depend on it, says that it is not revoked';
  for (const ca of open.keys()) known.set(ca, { stands: false, why });
  const counts = (part: Part) => vouching(part, certificates, known) === 'counts';
  return {
    counting: parts.filter(counts),
    distrusted: parts
      .filter((part) => !counts(part))
      .map((part) => ({ part, detail: distrustDetail(part, certificates, known) })),
  };
}

function parentsOf(ca: Certificate, certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter(
    (above) => above !== ca && above.subject.key === ca.issuer.key && verifiesSignature(ca, above),
  );
}

/** Undefined: not to be said yet. */
function standingOf(
  ca: Certificate,
  parents: readonly Certificate[],
  known: ReadonlyMap<Certificate, Standing>,
  counting: readonly Pair[],
  undecided: readonly Part[],
  names: Names,
): Standing | undefined {
  if (!parents.some((parent) => known.get(parent)?.stands === true)) {
    const lost = parents.every((parent) => known.get(parent)?.stands === false);
    return lost ? { stands: false, why: `no CA that stands has certified ${formatName(ca.subject)}` } : undefined;
  }
  const ids = new Set(parents.map(issuerIdOf));
  const speaks = ({ header }: Part) => header.issuers.some((id) => ids.has(id));
  const revoking = counting.find((pair) => speaks(pair.base) && isNamed(pair, ca, names));
  if (revoking !== undefined) {
    const { thisUpdate } = revoking.base.header;
    return {
      stands: false,
      why: `serial ${ca.serial} is revoked by the list of ${new Date(thisUpdate).toISOString()}`,
    };
  }
  return undecided.some((part) => speaks(part) && names(part, 'revoked', ca)) ? undefined : { stands: true };
}

function isNamed({ base, delta }: Pair, ca: Certificate, names: Names): boolean {
  if (delta === undefined) return names(base, 'revoked', ca);
  return names(delta, 'revoked', ca) || (names(base, 'revoked', ca) && !names(delta, 'removed', ca));
}

/** A list counts when each of its signers (two, when a delta is worked in) is vouched for by a certificate that stands. */
function vouching(
  part: Part,
  certificates: readonly Certificate[],
  known: ReadonlyMap<Certificate, Standing>,
): 'counts' | 'open' | 'lost' {
  let open = false;
  for (const signer of part.header.signers) {
    const own = vouchersOf(signer, part, certificates).map((ca) => known.get(ca));
    if (own.some((standing) => standing?.stands === true)) continue;
    if (!own.includes(undefined)) return 'lost';
    open = true;
  }
  return open ? 'open' : 'counts';
}

/** Certificates of the signer's name and key that may sign lists, and had not run out when the list was made. */
function vouchersOf(signer: string, { header }: Part, certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter(
    (ca) =>
      issuerIdOf(ca) === signer &&
      ca.notAfter >= header.thisUpdate &&
      (ca.keyUsage === undefined || ca.keyUsage.has('cRLSign')),
  );
}

function distrustDetail(
  part: Part,
  certificates: readonly Certificate[],
  known: ReadonlyMap<Certificate, Standing>,
): string {
  for (const signer of part.header.signers) {
    const own = vouchersOf(signer, part, certificates);
    const [first] = own;
    if (first === undefined) return 'its signer is no CA of the file any more';
    const lost = own.map((ca) => known.get(ca)).find((standing) => standing?.stands === false);
    if (lost?.stands === false && !own.some((ca) => known.get(ca)?.stands === true)) {
      return `signed by ${formatName(first.subject)}: ${lost.why}`;
    }
  }
  return 'its signer does not stand';
}

type Names = (part: Part, which: 'revoked' | 'removed', ca: Certificate) => boolean;

/** Whether a list names a certificate, each looked for once: the lists are not in order yet, and may be long. */
function namesFunction(): Names {
  const seen = new Map<unknown, Map<Certificate, boolean>>();
  return (part, which, ca) => {
    const hashes = which === 'revoked' ? part.revoked : part.delta?.removed;
    const hash = serialHashOf(part.header.seed, ca);
    if (hashes === undefined || hash === undefined) return false;
    let answers = seen.get(hashes);
    if (answers === undefined) {
      answers = new Map();
      seen.set(hashes, answers);
    }
    const answered = answers.get(ca);
    if (answered !== undefined) return answered;
    let found = false;
    for (let at = 0; at < hashes.length && !found; at += 2)
      found = hashes[at] === hash.high && hashes[at + 1] === hash.low;
    answers.set(ca, found);
    return found;
  };
}
