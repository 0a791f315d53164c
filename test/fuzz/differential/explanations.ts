import type { Verdict } from './engines.ts';
import type { Chain } from './generate.ts';

export interface Explanation {
  readonly engine: 'OpenSSL' | 'Go';
  /** Who refuses. */
  readonly refused: 'ours' | 'theirs';
  /** One of the words of who refuses. Every one of them must be explained: nothing else may be wrong with the chain. */
  readonly says: RegExp;
  /** Traits that the chain must have. */
  readonly trait?: RegExp;
  readonly why: string;
}

/** What `-x509_strict` asks of CAs that issue (RFC 5280 §4.2.1), and §6.1 does not ask of who validates. */
const strict = (error: number, trait: RegExp, what: string): Explanation => ({
  engine: 'OpenSSL',
  refused: 'theirs',
  says: new RegExp(`^error ${error} `),
  trait,
  why: `${what}: a duty of CAs, which validation (§6.1) does not check`,
});

const oursAre = (
  says: RegExp,
  trait: RegExp,
  why: string,
  engines: readonly Explanation['engine'][] = ['OpenSSL', 'Go'],
): readonly Explanation[] => engines.map((engine) => ({ engine, refused: 'ours', says, trait, why }));

/** Every reason why a verdict of ours may differ from another engine's. A difference that is not here is a find. */
const explanations: readonly Explanation[] = [
  strict(89, /basicConstraints not critical/, 'basicConstraints that is not critical'),
  strict(85, /no key identifiers/, 'no authorityKeyIdentifier'),
  strict(86, /no key identifiers/, 'no subjectKeyIdentifier'),
  strict(81, /no keyUsage/, 'pathLenConstraint without keyUsage'),
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error 1[89] /,
    trait: /self-issued/,
    why: 'a self-issued CA without key identifiers: OpenSSL takes it for self-signed and stops there',
  },
  strict(92, /no keyUsage/, 'a CA without keyUsage'),
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error 26 /,
    trait: /any purpose/,
    why: 'anyExtendedKeyUsage: §4.2.1.12 leaves it to the application, OpenSSL does not take it for clients',
  },
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error (20|21|30) /,
    trait: /wrong authority key identifier/,
    why: 'an authorityKeyIdentifier that fits no CA: for us a hint, the signature decides',
  },
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error (20|21) /,
    trait: /unreadable distribution points/,
    why: 'distribution points that cannot be read: for OpenSSL nobody issued the certificate, here no list is about it',
  },
  ...oursAre(
    /^malformed: the serial number has more than 20 octets/,
    /serial of 21 octets/,
    'a serial number of more than 20 octets (§4.1.2.2: MUST NOT)',
  ),
  ...oursAre(
    /^ca_as_client: basicConstraints/,
    /leaf is a CA/,
    'a CA as a client: refused by decision, allowed by §6.1',
  ),
  ...oursAre(
    /^ca_as_client: keyCertSign/,
    /leaf keyCertSign/,
    'keyCertSign in a certificate that is no CA (§4.2.1.3: MUST NOT)',
  ),
  ...oursAre(
    /^key_usage: keyUsage keyEncipherment/,
    /leaf keyEncipherment/,
    'the key usage of a leaf is not looked at',
    ['Go'],
  ),
  ...oursAre(/^weak_key: RSA key of 1024 bits/, /key rsa1024/, 'the length of a key is not looked at', ['Go']),
  ...oursAre(/^not_a_ca: a CA without a name/, /empty subject/, 'a CA without a name (§4.1.2.6: MUST)', ['Go']),
  ...oursAre(
    /^name_constraints: x@[a-z.]+ is/,
    /e-mail in the subject/,
    'an e-mail address in the subject under name constraints (§4.2.1.10: MUST) is not looked at',
    ['Go'],
  ),
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error 4[78] /,
    trait: /e-mail in the subject/,
    why: 'an e-mail address in the subject beside a subjectAltName: §4.2.1.10 constrains it only without one',
  },
  {
    engine: 'OpenSSL',
    refused: 'theirs',
    says: /^error 4[78] /,
    trait: /host in the commonName/,
    why: 'a host in the commonName under name constraints: not in RFC 5280',
  },
  ...oursAre(
    /^name_constraints: [xy]@[a-z.]+ is not in a permitted subtree/,
    /name constraints \+.*email acme\.example/,
    'a host in an e-mail constraint: for Go also every host below it, §4.2.1.10 says that host',
    ['Go'],
  ),
  ...oursAre(
    /^name_constraints: https:.* is not in a permitted subtree/,
    /name constraints \+.*uri acme\.example/,
    'a host in a URI constraint: for Go also every host below it, §4.2.1.10 says that host',
    ['Go'],
  ),
  {
    engine: 'Go',
    refused: 'theirs',
    says: /email address .* is excluded by constraint/,
    trait: /name constraints .*-.*email acme\.example/,
    why: 'a host in an e-mail constraint: for Go also every host below it, §4.2.1.10 says that host',
  },
  {
    engine: 'Go',
    refused: 'theirs',
    says: /URI .* is excluded by constraint/,
    trait: /name constraints .*-.*uri acme\.example/,
    why: 'a host in a URI constraint: for Go also every host below it, §4.2.1.10 says that host',
  },
  {
    engine: 'Go',
    refused: 'theirs',
    says: /too many intermediates for path length constraint/,
    trait: /self-issued/,
    why: 'self-issued CAs count for its path length, and do not in §4.2.1.9',
  },
];

/** The explanations of everything that who refuses says; undefined when something is left that nothing explains. */
export function explain(
  engine: Explanation['engine'],
  chain: Chain,
  own: Verdict,
  other: Verdict,
): readonly Explanation[] | undefined {
  const refused = own.ok ? 'theirs' : 'ours';
  const words = own.ok ? [other.why] : own.why.split('; ').filter((word) => /^[a-z_]+: /.test(word));
  const found: Explanation[] = [];
  for (const word of words) {
    const one = explanations.find(
      ({ engine: whose, refused: who, says, trait }) =>
        whose === engine &&
        who === refused &&
        says.test(word) &&
        (trait === undefined || chain.traits.some((had) => trait.test(had))),
    );
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found;
}
