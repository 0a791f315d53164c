import { ProblemError, refuse } from '../../core/problem.ts';
import { parseAddressRange } from '../../core/request/address.ts';
import { isRecord } from '../../core/unknown.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { nameTextOf, parseNameText } from '../../core/x509/name-text.ts';
import type { Imported, Note } from './imported.ts';

interface MendixWish {
  /** Where the app is: its own address, which the front forwards to. */
  readonly backend: string;
  /** The client CAs that were uploaded to the portal. */
  readonly cas: readonly Certificate[];
}

/**
 * `ACCESS_RESTRICTIONS` of a Mendix app: path → what is asked there. Mendix knows no client, so none is written: which
 * subjects there are is asked of the partners.
 *
 * @throws ProblemError `restrictions_malformed`
 */
export function importMendix(text: string, file: string, { backend, cas }: MendixWish): Imported {
  const paths = restrictionsOf(text, file);
  const notes: Note[] = [];
  const routes: { match: string; connection: string }[] = [];
  const issuers = new Set<string>();
  let asksForCertificates = false;
  for (const [path, rule] of Object.entries(paths)) {
    const asked = readRule(rule, path, file);
    const base = path.replace(/\/+$/, '');
    if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(base) || /\/\.{1,2}(\/|$)/.test(base)) {
      notes.push({ kind: 'left-out', text: `path ${path} is no plain path: write its route` });
      continue;
    }
    if (!asked.certificate && asked.issuers.length === 0) {
      const text =
        asked.addresses.length === 0
          ? `${path} asked for nothing: everybody was let in. Here nothing is open, so it was not taken over`
          : `${path} asked for an address only; here a certificate is always needed, so it was not taken over`;
      notes.push({ kind: 'left-out', text });
      continue;
    }
    if (asked.password) {
      notes.push({
        kind: 'left-out',
        text: `${path} asked for a password as well, which the front does not check; it was not taken over`,
      });
      continue;
    }
    asksForCertificates = true;
    routes.push({ match: `ANY ${base}/**`, connection: 'app' });
    for (const dn of asked.issuers) addIssuer(dn, cas, issuers, notes, path);
    if (asked.certificate && asked.issuers.length === 0) {
      notes.push({
        kind: 'changed',
        text: `${path}: a certificate of any uploaded CA was enough (nothing ticked = everyone). Here the CAs that may sign clients are issuers of the authority, and each client is registered`,
      });
    }
    if (asked.addresses.length > 0) {
      const any = asked.any ? 'an address or a certificate was enough ("any")' : 'both were needed';
      notes.push({
        kind: asked.any ? 'changed' : 'to-do',
        text: `${path}: ${any}; here addresses stand with each client and both are needed: addresses: [${asked.addresses.join(', ')}]`,
      });
    }
    notes.push({
      kind: 'to-do',
      text: `${path}: Mendix knows no clients. For each partner: sallyport client add NAME --from FILE --allow "ANY ${base}/**"${asked.addresses.map((range) => ` --address ${range}`).join('')}`,
    });
  }
  if (Object.keys(paths).some((path) => path.endsWith('-doc/') || path.endsWith('-doc'))) {
    notes.push({
      kind: 'changed',
      text: 'paths that end in -doc are denied by Mendix unless allowed; here a path is closed unless a client is allowed it',
    });
  }
  if (asksForCertificates && cas.length === 0) {
    notes.push({
      kind: 'to-do',
      text: 'the client CAs are not in this file: give each with --ca FILE, or later: sallyport authority add NAME --from FILE',
    });
  }
  if (issuers.size > 1) {
    notes.push({
      kind: 'changed',
      text: 'several paths pinned different issuers: here they are the issuers of one authority. Make an authority for each where one may not name the clients of another',
    });
  }
  const revocation = 'Imported from Mendix, which looks at no list; say what is done instead';
  return {
    connections: routes.length === 0 ? [] : [{ name: 'app', url: backend }],
    routes,
    authorities:
      cas.length === 0
        ? []
        : [{ name: 'mendix-client-cas', cas, issuers: issuers.size === 0 ? undefined : [...issuers], revocation }],
    clients: [],
    notes,
  };
}

interface Rule {
  readonly addresses: readonly string[];
  readonly certificate: boolean;
  readonly issuers: readonly string[];
  readonly password: boolean;
  readonly any: boolean;
}

function restrictionsOf(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(file, error instanceof Error ? error.message : 'no JSON');
  }
  // as the environment variable, or as an object that holds it
  const held = isRecord(value) && 'ACCESS_RESTRICTIONS' in value ? value.ACCESS_RESTRICTIONS : value;
  const inner = typeof held === 'string' ? parsed(held) : held;
  if (!isRecord(inner) || !Object.keys(inner).every((path) => path.startsWith('/'))) {
    return malformed(file, 'an object of paths was expected');
  }
  return inner;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const knownKeys = new Set([
  'ipfilter',
  'client_cert',
  'client-cert',
  'issuer_dn',
  'ssl_client_certificate',
  'basic_auth',
  'satisfy',
]);

function readRule(rule: unknown, path: string, file: string): Rule {
  if (!isRecord(rule)) return malformed(file, `${path} is no object`);
  const strange = Object.keys(rule).find((key) => !knownKeys.has(key));
  if (strange !== undefined)
    return malformed(file, `${path} has ${strange}, which is not known: what it asks cannot be taken over`);
  const addresses = textsOf(rule.ipfilter, path, file);
  for (const range of addresses) {
    try {
      parseAddressRange(range);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      malformed(file, `${path}: ${range} is no address or range`);
    }
  }
  return {
    addresses,
    certificate: rule.client_cert === true || rule['client-cert'] === true,
    issuers: textsOf(rule.issuer_dn, path, file),
    password: isRecord(rule.basic_auth) && Object.keys(rule.basic_auth).length > 0,
    any: rule.satisfy !== 'all',
  };
}

function textsOf(value: unknown, path: string, file: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  const texts = list.filter((one) => typeof one === 'string');
  return texts.length === list.length ? texts : malformed(file, `${path}: a list of texts was expected`);
}

/** Mendix compares without case; a CA of the upload with that subject is meant. */
function addIssuer(dn: string, cas: readonly Certificate[], issuers: Set<string>, notes: Note[], path: string): void {
  try {
    const name = parseNameText(dn);
    const ca = cas.find(({ subject }) => subject.key === name.key);
    if (ca !== undefined) {
      issuers.add(nameTextOf(ca.subject));
      return;
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  notes.push({
    kind: 'to-do',
    text: `${path}: no CA given with --ca has the subject ${dn}: name it under issuers of its authority`,
  });
}

function malformed(file: string, found: string): never {
  return refuse({
    code: 'restrictions_malformed',
    message: 'this is no ACCESS_RESTRICTIONS of Mendix',
    place: { file },
    found,
    allowed:
      '{"/path": {"client_cert": true, "issuer_dn": ["CN=…"], "ipfilter": ["203.0.113.0/24"], "satisfy": "any"}}',
  });
}
