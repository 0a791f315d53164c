import type { Certificate } from '../../../core/x509/certificate.ts';
import { anyClientNotes, type Imported, type Note, routesOf } from '../imported.ts';
import { keptParts } from '../kept.ts';
import { anyone, type Forward, type Part } from '../part.ts';
import { type Pinned, pinnedIssuers } from './issuers.ts';
import { parseRestrictions, type Restriction } from './restrictions.ts';

interface MendixWish {
  /** Where the app is: its own address, which the front forwards to. */
  readonly backend: string;
  /** The client CAs that were uploaded to the portal. */
  readonly cas: readonly Certificate[];
}

/**
 * `ACCESS_RESTRICTIONS` of a Mendix app: path → what is asked there, in the meaning of the nginx template of Mendix'
 * buildpack. Mendix knows no client, so none is written: which subjects there are is asked of the partners.
 *
 * @throws ProblemError `restrictions_malformed`
 */
export function importMendix(text: string, file: string, { backend, cas }: MendixWish): Imported {
  const written = parseRestrictions(text, file);
  const notes: Note[] = [];
  const pinned = pinnedIssuers(written, cas, notes);
  const root = written.get('/');
  const forward: Forward = { url: backend, name: 'app', strip: [], secrets: [] };
  const changes = new Map<Part, string>();
  const parts = [...new Map([...ofTheTemplate, ...written])].map(([path, own]): Part => {
    const meaning = meaningOf(path === '/' ? own : withRoot(own, root), pinned);
    const said = /^\/(?!.*\/\/)[A-Za-z0-9._~/-]*$/.test(path);
    const part: Part = {
      what: path,
      region: { kind: said ? 'prefix' : 'unknown', text: said ? path : '/' },
      forward,
      left: meaning.left,
      methods: 'ANY',
      addresses: meaning.addresses,
      admits: new Set([anyone]),
    };
    if (meaning.change !== undefined) changes.set(part, `${path}: ${meaning.change}`);
    return part;
  });
  // of prefixes nginx takes the longest, whatever their order
  const kept = keptParts(
    parts,
    (other, own) => other.region.kind === 'unknown' || other.region.text.length > own.region.text.length,
  );
  const taken = kept.parts.filter(({ what }) => written.has(what));
  for (const part of taken) {
    const change = changes.get(part);
    if (change !== undefined) notes.push({ kind: 'changed', text: change });
  }
  return {
    ...routesOf(taken),
    authorities: [
      {
        name: 'mendix-client-cas',
        cas,
        issuers: pinned.issuers.length === 0 ? undefined : pinned.issuers,
        revocation: { none: 'Imported from Mendix, which looks at no list; say what is done instead' },
      },
    ],
    clients: [],
    notes: [
      ...notes,
      ...kept.notes.filter(({ text: note }) => ![...ofTheTemplate.keys()].some((path) => note.startsWith(`${path} `))),
      ...anyClientNotes('Mendix knows no clients', kept.allowOf(anyone, taken), []),
    ],
  };
}

/** Paths that no restriction can speak of: what is asked of `/` counts there, or the password of the administrator. */
const ofTheTemplate: ReadonlyMap<string, Restriction> = new Map(
  ['/_mxadmin/', '/_mxbuild/'].map((path) => [
    path,
    { certificate: false, issuers: [], password: true, satisfy: 'any' },
  ]),
);

/** The template writes what `/` asks around all locations: a path that does not say a thing itself inherits it. */
function withRoot(own: Restriction, root: Restriction | undefined): Restriction {
  if (root === undefined) return own;
  const { certificate, issuers } = own.certificate || own.issuers.length > 0 ? own : root;
  return {
    satisfy: own.satisfy,
    addresses: own.addresses ?? root.addresses,
    password: own.password || root.password,
    certificate,
    issuers,
  };
}

interface Meaning {
  /** Why nothing is taken over. */
  readonly left?: string;
  readonly addresses?: readonly string[];
  readonly change?: string;
}

/** Of all callers, those with a certificate of a CA that was uploaded: whether they get through, and from where. */
function meaningOf({ addresses, certificate, issuers, password, satisfy }: Restriction, pinned: Pinned): Meaning {
  const asksCertificate = certificate || issuers.length > 0;
  // the issuer is looked at before the certificate; without client_cert nothing behind it lets anybody in
  const unlike = certificate ? pinned.against(issuers) : 'issuer_dn without client_cert refuses everybody';
  const nowhere = addresses?.length === 0 ? 'its ipfilter is empty, which refuses everybody' : undefined;
  const secret = password ? 'it asks for a password, which the front does not check' : undefined;
  const other = asksCertificate ? unlike : undefined;
  if (satisfy === 'all') {
    const left = nowhere ?? secret ?? other;
    return left === undefined ? { addresses } : { left };
  }
  if (asksCertificate && unlike === undefined) {
    const instead = [...(addresses?.length ? ['an address'] : []), ...(password ? ['a password'] : [])].join(' or ');
    if (instead === '') return {};
    return { change: `${instead} was enough instead of a certificate ("any"); here it is always a certificate` };
  }
  if (addresses !== undefined && nowhere === undefined) {
    return { addresses, change: 'an address was enough; here it takes an address and a certificate' };
  }
  const left = secret ?? other ?? nowhere;
  return left === undefined ? { change: 'everybody was let in; here only clients with a certificate' } : { left };
}
