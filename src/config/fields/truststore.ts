import { object, optional, required } from '../object.ts';
import { choice, integer, list } from '../shape.ts';
import * as values from '../values.ts';
import { requirement } from './requirement.ts';

/** The field tables of truststore/, see those of sallyport.yaml. */

const revocation = object(
  {
    none: optional(
      values.oneLine('"Acme publishes no list; we take clients out by hand"'),
      'Why there is no revocation list, and what is done instead.',
    ),
    lists: optional(
      list(values.listAddress, 1, 200),
      'Addresses of the revocation lists: one of every CA of the file but the root.',
    ),
    missing: optional(choice('deny', 'allow'), 'With lists: what it means that no list is about a certificate.'),
    stale: optional(choice('deny', 'allow'), 'With lists: what it means that a list is out of date.'),
    maxAgeHours: optional(integer(1, 8760, 48), 'With lists: how old a list may be, whatever its nextUpdate says.'),
    exemptUnderHours: optional(
      integer(1, 720, 25),
      'With lists: certificates made for less than this may do without one.',
    ),
    withoutNextUpdate: optional(
      choice('deny', 'allow'),
      'With lists: allow believes a list that names no nextUpdate, for maxAgeHours. By default it is not believed.',
    ),
  },
  { exactlyOne: ['none', 'lists'], example: '{ none: "why there is no list, and what you do instead" }' },
);

/** truststore/authorities/NAME.yaml */
export const authorityShape = object(
  {
    authority: required(values.name('acme-ca'), 'Name of the authority, and of this file.'),
    issuers: optional(
      list(values.oneLine("'CN=Acme Issuing CA 2, O=Acme'", 2000), 1, 100),
      'The CAs that may sign clients, by common name (`*` is one or more characters of it), subject or SHA-256; by default those that issue no other CA in the file.',
    ),
    revocation: required(revocation, 'How revoked certificates are known. Required either way.'),
    privateCa: optional(
      values.oneLine('"DigiCert runs this CA for Acme alone"'),
      'Why a CA of an organisation that runs public CAs signs for one organisation only; then subjects and globs are admitted.',
    ),
  },
  { named: 'authority' },
);

const san = object(
  {
    dns: optional(values.san('dns', 'orders-client.acme.example'), 'A DNS name.'),
    uri: optional(values.san('uri', 'spiffe://acme.example/orders-client'), 'A URI.'),
    email: optional(values.san('email', 'orders-client@acme.example'), 'An e-mail address.'),
    ip: optional(values.san('ip', '203.0.113.7'), 'An IP address.'),
  },
  { exactlyOne: ['dns', 'uri', 'email', 'ip'], example: '{ dns: orders-client.acme.example }' },
);

const sanGlob = object(
  {
    dns: optional(values.sanGlob('dns', '*.clients.acme.example'), 'DNS names; the last two labels are written out.'),
    uri: optional(values.sanGlob('uri', 'spiffe://acme.example/orders/*'), 'URIs; `*` in the path only.'),
    email: optional(values.sanGlob('email', 'orders-*@acme.example'), 'E-mail addresses; `*` before the @ only.'),
  },
  { exactlyOne: ['dns', 'uri', 'email'], example: "{ dns: '*.clients.acme.example' }" },
);

const identity = object(
  {
    authority: optional(values.name('acme-ca'), 'The authority that must have issued the certificate.'),
    subject: optional(values.subject, 'The whole subject.'),
    san: optional(san, 'One subject alternative name.'),
    subjectGlob: optional(values.subjectGlob, 'Subjects in which `*` stands for one or more characters of a value.'),
    sanGlob: optional(sanGlob, 'Alternative names in which `*` stands for one or more characters of a label.'),
    certificate: optional(values.besideFile, 'Exactly this certificate.'),
    key: optional(values.keyPin, 'Any certificate with this public key.'),
  },
  {
    exactlyOne: ['subject', 'san', 'subjectGlob', 'sanGlob', 'certificate', 'key'],
    example: "{ authority: acme-ca, subject: 'CN=orders-client, O=Acme, C=NL' }",
  },
);

/** truststore/token-issuers/NAME.yaml */
export const tokenIssuerShape = object(
  {
    tokenIssuer: required(values.name('login'), 'Name of the token issuer, and of this file.'),
    issuer: required(values.claim('https://login.example.com'), 'What `iss` of its tokens is, character by character.'),
    audiences: required(
      list(values.claim('https://api.example.com'), 1, 20),
      'One of these is in `aud` of its tokens.',
    ),
    keys: required(values.keySetFile, 'The file beside this one with its public keys (JSON Web Key Set).'),
  },
  { named: 'tokenIssuer' },
);

/** truststore/groups/NAME.yaml */
export const groupShape = object(
  {
    group: required(values.name('readers'), 'Name of the group, and of this file.'),
    allow: required(list(values.pattern, 1, 100), 'What every client of the group may do.'),
    addresses: optional(list(values.addressRange, 1, 100), 'Where every client of the group has to call from.'),
    require: optional(list(requirement, 1, 20), 'Further conditions of every client of the group.'),
  },
  { named: 'group' },
);

/** truststore/clients/NAME.yaml */
export const clientShape = object(
  {
    client: required(values.name('acme'), 'Name of the client, and of this file.'),
    contact: optional(values.oneLine('integration@acme.example'), 'Whom to ask.'),
    identities: required(list(identity, 1, 16), 'How the client is recognised: any one of them; two are a rotation.'),
    groups: optional(
      list(values.name('readers'), 1, 20),
      'Files of truststore/groups/: the client may what they allow, under their conditions.',
    ),
    allow: optional(list(values.pattern, 1, 100), 'What the client may do; required without groups.'),
    addresses: optional(list(values.addressRange, 1, 100), 'Where it may call from; without it, anywhere.'),
    require: optional(
      list(requirement, 1, 20),
      'Further conditions beside the certificate: all of them must hold, of an `any` one.',
    ),
    validFrom: optional(values.date, 'First day, UTC.'),
    validUntil: optional(values.date, 'Last day included, UTC.'),
    tier: optional(values.name('default'), 'A name under tiers in sallyport.yaml.'),
  },
  {
    named: 'client',
    atLeastOne: ['allow', 'groups'],
    example: '{ client: acme, identities: [{ certificate: acme.pem }], allow: ["GET /orders/**"] }',
  },
);

export type AuthorityTree = NonNullable<ReturnType<typeof authorityShape.read>>;
export type ClientTree = NonNullable<ReturnType<typeof clientShape.read>>;
export type GroupTree = NonNullable<ReturnType<typeof groupShape.read>>;
export type IdentityTree = ClientTree['identities']['items'][number];
