/**
 * Cases that this project refuses on purpose where a corpus accepts, by id, with the reason. Never the other way round:
 * what a corpus refuses is refused. `docs/decisions/path-validation.md` has the same list.
 */
export const decidedDifferently: Readonly<Record<string, string>> = {
  'webpki::san::unicode-emoji-san':
    'the dNSName is no IA5String (RFC 5280 §4.2.1.6), as the text of the case says; the BoringSSL case `subjectaltname_dns_not_ascii` is the same and must not parse',
};
