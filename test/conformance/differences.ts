/**
 * Paths that this project refuses on purpose where a corpus accepts, by id, with the reason. Never the other way round: what
 * a corpus refuses is refused. `docs/decisions/path-validation.md` has the same list.
 */
export const decidedDifferently: Readonly<Record<string, string>> = {
  'webpki::san::unicode-emoji-san':
    'the dNSName is no IA5String (RFC 5280 §4.2.1.6), as the text of the case says; the BoringSSL case `subjectaltname_dns_not_ascii` is the same and must not parse',
};

const ampersand =
  '`&` in a PrintableString is read, as Go, OpenSSL and Java read it, and told as the deviation `printable_string_ampersand`';

/** Certificates and lists that BoringSSL's tests want malformed and that are read here, as a named deviation. */
export const readDifferently: Readonly<Record<string, string>> = {
  issuer_bad_printable_string: ampersand,
  subject_not_printable_string: ampersand,
  invalid_revoked_empty_sequence:
    'a list that writes down that it revokes nobody says what one says that leaves the field out: `revoked_certificates_empty`',
};
