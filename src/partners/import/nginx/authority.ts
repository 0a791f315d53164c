import { isSelfSigned } from '../../../core/registry/issuer.ts';
import type { Certificate } from '../../../core/x509/certificate.ts';
import { formatName } from '../../../core/x509/name.ts';
import { nameTextOf } from '../../../core/x509/name-text.ts';
import { verifiesSignature } from '../../../core/x509/signature.ts';
import { type ImportedAuthority, type Note, nameFrom } from '../imported.ts';
import type { ReadCas } from './backend.ts';
import { inForce, type Levels, valueOfLast } from './levels.ts';
import type { Directive } from './text/syntax.ts';

/** nginx' own; also where nobody has written it. */
const defaultDepth = 1;

/**
 * The one store of a server: what both directives name. Its lists, and how deep a certificate may stand below its root,
 * are asked here as well: without the lists' addresses the authority does not compile.
 */
export function authorityOf(levels: Levels, readCas: ReadCas, notes: Note[]): ImportedAuthority | undefined {
  const named = ['ssl_client_certificate', 'ssl_trusted_certificate'].flatMap((name) =>
    inForce(levels, name).slice(-1),
  );
  const all = named.flatMap((one) => readCas(one.args[0] ?? '', one));
  const cas = [...new Map(all.map((ca) => [ca.sha256, ca])).values()];
  const [first] = named;
  if (first === undefined || cas.length === 0) return undefined;
  const file = (first.args[0] ?? '').replace(/^.*\//, '').replace(/\.[a-z]+$/i, '');
  const roots = cas.filter(isSelfSigned).length;
  if (roots > 1) {
    const text = `${first.args[0]} holds ${roots} roots: each may name every client of it, as it could. Better one authority for each`;
    notes.push({ kind: 'changed', text, place: first.place });
  }
  return {
    name: nameFrom(file, new Set(), 'partner-ca'),
    cas,
    issuers: issuersOf(cas, levels, first, notes),
    revocation: revocationOf(levels, notes),
  };
}

function issuersOf(
  cas: readonly Certificate[],
  levels: Levels,
  first: Directive,
  notes: Note[],
): readonly string[] | undefined {
  const written = valueOfLast(levels, 'ssl_verify_depth');
  const depth = written === undefined ? defaultDepth : Number(written);
  const tooDeep = cas.filter((ca) => intermediatesAbove(ca, cas) > depth);
  if (tooDeep.length === 0) return undefined;
  const names = tooDeep.map(({ subject }) => formatName(subject)).join('; ');
  notes.push({
    kind: 'left-out',
    text: `certificates of ${names}: nginx refused them, as ssl_verify_depth ${written === undefined ? 'is not written and so 1' : `is ${written}`}; they are no issuers here`,
    place: first.place,
  });
  const rest = cas.filter((ca) => !tooDeep.includes(ca));
  const lowest = rest.filter((ca) => !rest.some((other) => other !== ca && issues(ca, other)));
  return lowest.map((ca) =>
    lowest.some((other) => other !== ca && other.subject.key === ca.subject.key) ? ca.sha256 : nameTextOf(ca.subject),
  );
}

/** Of a certificate that this CA signed: CAs between it and its root, on the longest way, as nobody says which one is taken. */
function intermediatesAbove(ca: Certificate, cas: readonly Certificate[], below: readonly Certificate[] = []): number {
  if (isSelfSigned(ca)) return 0;
  const parents = cas.filter((one) => one !== ca && !below.includes(one) && issues(one, ca));
  return 1 + Math.max(0, ...parents.map((parent) => intermediatesAbove(parent, cas, [...below, ca])));
}

function issues(ca: Certificate, other: Certificate): boolean {
  return other.issuer.key === ca.subject.key && verifiesSignature(other, ca);
}

function revocationOf(levels: Levels, notes: Note[]): ImportedAuthority['revocation'] {
  const crl = inForce(levels, 'ssl_crl').at(-1);
  const ocsp = inForce(levels, 'ssl_ocsp').find(({ args }) => args[0] !== 'off');
  const looked = crl ?? ocsp;
  if (looked === undefined) {
    return { none: 'Imported from nginx, which looked at no list; say what is done instead' };
  }
  const what = crl === undefined ? 'asked the CAs’ OCSP responders' : `read the list ${crl.args[0]}`;
  const text = `nginx ${what}, so that revoked certificates were refused: write the addresses of the lists of every CA under revocation.lists of the authority; without them it does not compile`;
  notes.push({ kind: 'to-do', text, place: looked.place });
  return { lists: [] };
}
