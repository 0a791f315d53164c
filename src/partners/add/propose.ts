import { dayMilliseconds, isoDay } from '../../core/day.ts';
import { edgeAlgorithms, keyProblemOf } from '../../core/path/algorithm-policy.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { searchChain } from '../inspect/search-chain.ts';
import { clientYaml } from '../truststore-files.ts';
import { noteOf, whereOf } from './found.ts';
import type { Gap, Warning } from './gap.ts';
import { type IdentityKind, identityEntry, type Named } from './identity.ts';
import { askingsFor, calledOf, chooseLeaf, numbered, problemsOf } from './leaf.ts';
import { type Asking, ask, gapsFor, keyLetter } from './letters.ts';
import { lockedIn, type Material, toSay } from './material.ts';
import { leftOut, nobody, type Trust, trustFor } from './trust.ts';

export interface Wish {
  readonly client: string;
  /** Which of several certificates: its number from 1, or its SHA-256. */
  readonly certificate?: string;
  /** Of a new authority, or which one a request is meant for. */
  readonly authority?: string;
  readonly identity?: IdentityKind;
  readonly withoutLists?: string;
  readonly allow: readonly string[];
  readonly addresses: readonly string[];
  readonly contact?: string;
  /** YYYY-MM-DD. */
  readonly validUntil?: string;
  /** The client is there already: this is one more identity of it. */
  readonly rotate: boolean;
}

export interface Proposal {
  /** New files only; the front has none of them. */
  readonly files: readonly { readonly file: string; readonly text: string }[];
  /** What goes under `identities` of the client, without the dash. */
  readonly identity?: string;
  readonly authority?: { readonly name: string; readonly isNew: boolean };
  /** The certificate that would connect. */
  readonly leaf?: Certificate;
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
}

const soonDays = 90;

/** What to write so that the sender of this material is the client, and what is lacking for it. Pure; writes nothing. */
export function propose(material: Material, registry: Registry, wish: Wish, now: number): Proposal {
  const choice = chooseLeaf(material, wish.certificate, now);
  const { leaf } = choice;
  const leaked = leakedKey(material, leaf);
  const notes: Warning[] = [
    ...toSay(material, leaf)
      .filter(({ finding }) => !choice.passedOver.some(({ why }) => why === finding.message))
      .map(noteOf),
    ...strangeKeys(material),
    ...choice.passedOver.map(({ certificate, why }) => ({
      code: 'left_out',
      text: `not taken: ${calledOf(certificate)} (sha256 ${certificate.sha256.slice(0, 16)}): ${why}`,
    })),
  ];
  const stop = (askings: readonly Asking[], gaps: readonly Gap[] = []): Proposal => ({
    files: [],
    leaf,
    gaps: [...gapsFor(askings, leaked), ...gaps],
    warnings: [...notes, ...(leaf === undefined ? [] : apart(leaf, material, now))],
  });
  if (leaf === undefined && choice.among.length > 0) return severalLeft(choice.among, wish, stop);
  const [request] = leaf === undefined ? material.requests : [];
  if (leaf === undefined && request === undefined) {
    const locked = lockedGap(material);
    return locked === undefined ? stop([nothingToGoBy(material)]) : stop([], [locked]);
  }
  const unfit = leaf === undefined ? askingsOfRequest(request) : askingsFor(leaf, now);
  if (unfit.length > 0) return stop(unfit);
  const trust =
    leaf === undefined ? trustForRequest(material, registry, wish) : trustFor(leaf, material, registry, wish, now);
  if (trust.askings.length > 0) return stop(trust.askings);
  const pinned = leaf !== undefined && (trust.pinned || wish.identity === 'certificate');
  if (pinned && leaked !== undefined) {
    return stop([{ code: 'key_sent', text: keyLetter(leaked, []), withNewKey: '' }]);
  }
  const named: Named = leaf ?? {
    subject: request?.subject as Named['subject'],
    subjectAltName: request?.extensions.subjectAltName,
  };
  const { files, identity, gaps } = identityOf(named, pinned ? leaf : undefined, trust, registry, wish);
  const warnings = [
    ...(request === undefined ? [] : [requestOnly(wish)]),
    ...(leaf === undefined ? [] : datesOf(leaf, now)),
    ...(leaked === undefined ? [] : keyWarnings(leaked)),
    ...trust.warnings,
    ...notes,
  ];
  return {
    files: [...trust.files, ...files],
    identity,
    authority: trust.authority,
    leaf,
    gaps: [...trust.gaps, ...gaps],
    warnings,
  };
}

/** CAs that came along, and that nothing which was sent connects with the certificate. */
function apart(leaf: Certificate, { cas }: Material, now: number): readonly Warning[] {
  return leftOut(cas, searchChain(leaf, cas, now).cas, 'nothing that was sent connects it with the certificate');
}

/** The identity, and the file of a client that is new. */
function identityOf(
  named: Named,
  exactly: Certificate | undefined,
  trust: Trust,
  registry: Registry,
  wish: Wish,
): Pick<Proposal, 'files' | 'identity' | 'gaps'> {
  const files: { file: string; text: string }[] = [];
  const gaps: Gap[] = [];
  let identity: string | undefined;
  if (exactly !== undefined) {
    identity = `{ certificate: ${pinnedName(wish, registry)} }`;
    files.push({ file: `truststore/clients/${pinnedName(wish, registry)}`, text: pemFromDer(exactly.der) });
  } else if (trust.authority !== undefined) {
    identity = identityEntry(named, trust.authority.name, wish.identity, trust.isPublic);
    if (identity === undefined) gaps.push(nothingToKnowItBy(trust.isPublic || wish.identity === 'san'));
  }
  if (!wish.rotate && wish.allow.length === 0) {
    const routes = registry.routes.map(({ pattern }) => `--allow "${pattern.text}"`).slice(0, 12);
    const text = `say what the client may do; the front serves: ${routes.join('  ')}`;
    gaps.push({ code: 'allow_missing', who: 'operator', text });
  }
  if (!wish.rotate && identity !== undefined && wish.allow.length > 0) {
    const { client: name, contact, allow, addresses, validUntil } = wish;
    const text = clientYaml({ name, contact, identities: [identity], allow, addresses, validUntil });
    files.push({ file: `truststore/clients/${name}.yaml`, text });
  }
  return { files, identity, gaps };
}

function nothingToKnowItBy(alternative: boolean): Gap {
  return {
    code: 'nothing_to_know_it_by',
    who: 'operator',
    text: `the certificate has no ${alternative ? 'alternative name' : 'subject'} to know it by; register exactly this one: --identity certificate`,
  };
}

function severalLeft(
  among: readonly Certificate[],
  { certificate }: Wish,
  stop: (askings: readonly Asking[], gaps: readonly Gap[]) => Proposal,
): Proposal {
  const list = numbered(among).join('; ');
  if (certificate !== undefined) {
    const text = `--certificate ${certificate} names none of them (there are: ${list})`;
    return stop([], [{ code: 'certificate_unknown', who: 'operator', text }]);
  }
  const text = `if you know which one it is: --certificate N, or its SHA-256 (there are: ${list})`;
  const asked = ask('several_clients', among.map(calledOf));
  return stop([asked], [{ code: 'certificate_choice', who: 'operator', text }]);
}

/** Locked away: nobody can say what was sent. */
function lockedGap(material: Material): Gap | undefined {
  const locked = lockedIn(material);
  if (locked === undefined) return undefined;
  const { code, message, remedy } = locked.finding;
  if (code === 'pkcs12_password') {
    return { code, who: 'operator', text: `${locked.file}: ${message}: ${remedy}` };
  }
  const text = `${locked.file} is locked: give its password with --password-file FILE, or ask the partner for the certificate alone, which needs none`;
  return { code: 'locked', who: 'operator', text };
}

/** No certificate of a client and no request: damaged, or not sent. */
function nothingToGoBy({ cas, malformed, findings, summaries }: Material): Asking {
  const [broken] = malformed;
  if (broken !== undefined) return ask('malformed', whereOf(broken.found), broken.found.finding.message);
  const [only, ...others] = cas;
  if (only?.selfIssued === true && others.length === 0) return ask('ca_as_client', readableName(only.subject));
  if (findings.some(({ finding }) => finding.code === 'ssh_key')) return ask('ssh_key');
  const damaged = findings.find(({ finding }) => finding.code === 'block_broken');
  if (damaged !== undefined) return ask('damaged', damaged.finding.message);
  if (cas.length > 0)
    return ask(
      'only_cas',
      cas.map(({ subject }) => readableName(subject)),
    );
  return ask('certificate_missing', summaries.join(' and '));
}

function askingsOfRequest(request: Material['requests'][number] | undefined): readonly Asking[] {
  if (request === undefined) return [];
  const weak = keyProblemOf(request.publicKey, edgeAlgorithms);
  if (weak !== undefined) return [ask('request_weak', weak.detail)];
  return request.proven ? [] : [ask('request_unproven')];
}

function requestOnly({ client }: Wish): Warning {
  const text = `this is a request, no certificate: the identity is its subject, if the CA does not change it. Send it to your CA, or sign it with one of your own: sallyport ca sign FILE --client ${client} --passphrase-file FILE`;
  return { code: 'request_only', text };
}

function trustForRequest({ cas }: Material, registry: Registry, { authority }: Wish): Trust {
  const warnings = leftOut(cas, [], 'a request says nothing about who will sign it');
  if (authority !== undefined && registry.authorities.has(authority)) {
    return { ...nobody, warnings, authority: { name: authority, isNew: false } };
  }
  const names = [...registry.authorities.keys()].join(', ');
  const text = `a request does not say who will sign it: --authority NAME (the front has: ${names || 'none; sallyport ca init NAME makes one'})`;
  return { ...nobody, warnings, gaps: [{ code: 'authority_missing', who: 'operator', text }] };
}

function pinnedName({ client, rotate }: Wish, registry: Registry): string {
  const count = registry.clients.get(client)?.identities.filter(({ kind }) => kind === 'certificate').length ?? 0;
  return rotate && count > 0 ? `${client}-${count + 1}.pem` : `${client}.pem`;
}

/** The key of this certificate came with it; or a key whose certificate nobody can tell, and that may be it. */
function leakedKey({ keys, clients, cas }: Material, leaf: Certificate | undefined): 'open' | 'password' | undefined {
  const about = keys.filter(({ of, protection }) =>
    of === undefined
      ? protection === 'password' || clients.length + cas.length === 0
      : leaf === undefined || of === leaf.sha256,
  );
  if (about.length === 0) return undefined;
  return about.some(({ protection }) => protection === 'open') ? 'open' : 'password';
}

/** Keys of something else. */
function strangeKeys({ keys, clients, cas }: Material): readonly Warning[] {
  if (clients.length + cas.length === 0 || !keys.some((key) => key.of === undefined && key.protection === 'open'))
    return [];
  const text =
    'You sent a private key that belongs to none of the certificates with it. Whoever has read the message has it: please have it replaced where it is used, and never send a key.';
  return [{ code: 'key_sent', text }];
}

function keyWarnings(leaked: 'open' | 'password'): readonly Warning[] {
  return [
    { code: 'key_sent', text: keyLetter(leaked, []) },
    {
      code: 'key_sent_here',
      text: 'the client is registered by its name: the new certificate with the same name from the same CA needs nothing more here. Until the old one is revoked, whoever has its key is this client, too',
    },
  ];
}

function datesOf(leaf: Certificate, now: number): readonly Warning[] {
  const name = calledOf(leaf);
  const later = problemsOf(leaf, now).filter(({ code }) => code === 'not_yet_valid');
  const left = Math.floor((leaf.notAfter - now) / dayMilliseconds);
  if (left >= soonDays) return later.map(({ code, detail }) => ({ code, text: `${name}: ${detail}` }));
  const text = `${name} ends on ${isoDay(leaf.notAfter)}, in ${left} days. With the same name from the same CA nothing changes here at renewal`;
  return [...later.map(({ code, detail }) => ({ code, text: `${name}: ${detail}` })), { code: 'expires_soon', text }];
}
