/**
 * What RFC 5280 or DER forbid but real certificates and lists do, and what every reader lets through. The certificate
 * parses; path validation and lint decide what each costs. None of them lets two readers see two different things.
 */
export type Deviation =
  | 'serial_not_integer'
  | 'serial_not_minimal'
  | 'serial_not_positive'
  | 'serial_too_long'
  | 'signature_algorithms_differ'
  | 'subject_key_identifier_unreadable'
  | 'authority_key_identifier_unreadable'
  /** RSA without the NULL behind it: RFC 4055 §5 writes NULL and says that readers MUST take both. */
  | 'signature_parameters_absent'
  /** ECDSA with a NULL behind it, which RFC 5758 §3.2 forbids; Java wrote it for years. */
  | 'signature_parameters_null'
  /** A PrintableString with `&`, which X.680 §41.4 does not have: "Smith & Co" of old CA software. */
  | 'printable_string_ampersand'
  /** X.690 §11.2.2: a named bit list without its trailing zero bits. They mean nothing. */
  | 'key_usage_trailing_zeros'
  /** X.690 §11.6: the attributes of an RDN in ascending order. Names are compared as sets (RFC 5280 §7.1). */
  | 'rdn_not_in_order'
  /** An extension that only a condition, or nobody, needs, and that is not what its RFC says; see `unreadable`. */
  | 'extension_unreadable'
  /** A list that writes down that it has no entries (RFC 5280 §5.1.2.6 leaves them out). */
  | 'revoked_certificates_empty';
