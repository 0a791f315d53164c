import type { Verdict } from './engines.ts';
import type { Chain } from './generate.ts';

export interface Explanation {
  readonly engine: 'OpenSSL' | 'Go';
  /** Who refuses. */
  readonly refused: 'ours' | 'theirs';
  /** Each of the words of who refuses must be these: nothing else may be wrong with the chain. */
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

const oursAre = (says: RegExp, trait: RegExp, why: string): readonly Explanation[] =>
  (['OpenSSL', 'Go'] as const).map((engine) => ({ engine, refused: 'ours', says, trait, why }));

/** Every reason why a verdict of ours may differ from another engine's. A difference that is not here is a find. */
export const explanations: readonly Explanation[] = [
  strict(89, /basicConstraints not critical/, 'basicConstraints that is not critical'),
  strict(85, /no key identifiers/, 'no authorityKeyIdentifier'),
  strict(86, /no key identifiers/, 'no subjectKeyIdentifier'),
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
  ...oursAre(
    /^malformed: the serial number has more than 20 octets/,
    /serial of 21 octets/,
    'a serial number of more than 20 octets (§4.1.2.2: MUST NOT)',
  ),
  {
    engine: 'Go',
    refused: 'theirs',
    says: /email address .* (is excluded by|is not permitted by any) constraint/,
    trait: /name constraints .*email acme\.example/,
    why: 'a host in an e-mail constraint: for Go also every host below it, §4.2.1.10 says that host',
  },
];

export function explain(
  engine: Explanation['engine'],
  chain: Chain,
  own: Verdict,
  other: Verdict,
): Explanation | undefined {
  const refused = own.ok ? 'theirs' : 'ours';
  const words = own.ok ? other.why : own.why;
  return explanations.find(
    (one) =>
      one.engine === engine &&
      one.refused === refused &&
      words.split('; ').every((word) => one.says.test(word)) &&
      (one.trait === undefined || chain.traits.some((trait) => one.trait?.test(trait))),
  );
}
