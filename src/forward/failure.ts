/**
 * Why a request did not reach the backend, or its answer did not come back: one table, from what sockets, OpenSSL and undici
 * say to a code that an operator can act upon. The caller is told the code and the reference, never the detail.
 */
export interface Failure {
  readonly status: 403 | 413 | 431 | 502 | 504;
  /** For the operator. */
  readonly message: string;
  readonly remedy: string;
}

const failures = {
  name_unknown: {
    status: 502,
    message: "The backend's name does not resolve",
    remedy: 'Check the host in the url of this connection, and the DNS of the network that the forwarder is in.',
  },
  refused: {
    status: 502,
    message: 'The backend refused the TCP connection',
    remedy: 'Check host and port, that the backend runs, and that its firewall lets our egress addresses in.',
  },
  unreachable: {
    status: 502,
    message: 'There is no network path to the backend',
    remedy: "Check the routes and security groups of the forwarder's network, and that the egress address is its own.",
  },
  connect_timeout: {
    status: 504,
    message: 'The backend did not accept a connection in time',
    remedy: 'A silent drop is mostly a firewall: have the backend allow our egress addresses.',
  },
  authority_unknown: {
    status: 502,
    message: "The backend's certificate was signed by an authority that this connection does not trust",
    remedy: "Put the CA that signed it into this connection's authorities; the backend must send its intermediates.",
  },
  self_signed: {
    status: 502,
    message: "The backend's certificate is self-signed and not one that this connection trusts",
    remedy: "Put exactly this certificate into this connection's authorities, or have the backend use a CA.",
  },
  wrong_name: {
    status: 502,
    message: "The backend's certificate carries another name",
    remedy: 'Set serverName of this connection to a name in the certificate, if that is the server you mean.',
  },
  name_missing: {
    status: 502,
    message:
      "The backend's certificate has no subject alternative name; its common name does not count (RFC 9525 §6.3)",
    remedy: 'Have the certificate reissued with a subjectAltName of type DNS (or IP).',
  },
  certificate_expired: {
    status: 502,
    message: "The backend's certificate is expired or not yet valid",
    remedy: "Have the backend's certificate renewed.",
  },
  certificate_purpose: {
    status: 502,
    message: "The backend's certificate may not be used for a server",
    remedy: 'Have it reissued with the extended key usage serverAuth.',
  },
  certificate_weak: {
    status: 502,
    message: "The backend's certificate or key is too weak",
    remedy: 'Have it reissued with RSA 2048 or P-256 at least, signed with SHA-256.',
  },
  certificate_wanted: {
    status: 502,
    message: 'The backend ended the TLS handshake, as servers do that want a client certificate',
    remedy: 'Ask the owner whether the backend asks for a client certificate; connections do not carry one yet.',
  },
  tls_version: {
    status: 502,
    message: 'The backend does not speak TLS 1.2 or later',
    remedy: 'Have TLS 1.2 or 1.3 switched on at the backend.',
  },
  not_tls: {
    status: 502,
    message: 'The backend does not speak TLS on this port',
    remedy: 'Check the port in the url of this connection.',
  },
  tls_failed: {
    status: 502,
    message: 'The TLS handshake with the backend failed',
    remedy: 'Look at the detail; `openssl s_client -connect HOST:PORT -servername NAME` shows what the backend says.',
  },
  closed: {
    status: 502,
    message: 'The backend closed the connection before its answer was complete',
    remedy:
      'If every request ends so: a TLS port reached by http, or a server that wants a client certificate in TLS 1.3. If only some do: see its own log.',
  },
  headers_timeout: {
    status: 504,
    message: 'The backend did not answer in time',
    remedy: 'See why the backend is slow. API Gateway waits 29 seconds at most.',
  },
  body_timeout: {
    status: 504,
    message: 'The backend stopped in the middle of its answer',
    remedy: 'See why the backend is slow. API Gateway waits 29 seconds at most.',
  },
  answer_malformed: {
    status: 502,
    message: "The backend's answer is not HTTP/1.1",
    remedy: 'Check the port, and whether the backend answers in HTTP/2 only.',
  },
  answer_headers_too_large: {
    status: 502,
    message: "The header fields of the backend's answer exceed the limit",
    remedy: 'Have the backend send less: 65,536 bytes of header fields are read, and API Gateway may pass on fewer.',
  },
  answer_too_large: {
    status: 502,
    message: "The backend's answer exceeds what a Lambda may return (6 MB after base64 and JSON)",
    remedy: 'Switch response streaming on, or have the backend page its answers.',
  },
  answer_status: {
    status: 502,
    message: "The backend's status code is none that API Gateway passes on",
    remedy: 'Have the backend answer with 200 to 599.',
  },
  request_headers_too_large: {
    status: 431,
    message: 'The header fields of the request exceed the limit',
    remedy: 'The partner must send less than 20,480 bytes of header fields.',
  },
  request_too_large: {
    status: 413,
    message: 'The body of the request exceeds the limit of 6 MB',
    remedy: 'The partner must send less at a time.',
  },
  connection_authentication: {
    status: 403,
    message: 'The caller authenticates itself with NTLM, Negotiate or Kerberos, which no shared connection may carry',
    remedy:
      'The partner must send no such Authorization. See docs/not-supported.md, "Windows authentication", for the way out.',
  },
  request_unsendable: {
    status: 502,
    message: 'The request cannot be written as HTTP/1.1',
    remedy: 'Look at the detail; this is a mistake of the front if the backend should have received it.',
  },
  secret_unavailable: {
    status: 502,
    message: 'A secret that this connection names cannot be read',
    remedy: 'Store it under the name that the connection says after `secret:`.',
  },
  secret_malformed: {
    status: 502,
    message: 'A secret that this connection names cannot stand in a header field',
    remedy: 'Store it again, as printable ASCII without line ends.',
  },
  connection_unknown: {
    status: 502,
    message: 'The decision names a connection that this forwarder does not have',
    remedy: 'Connections are deployed, routes are published: deploy this front, then publish.',
  },
  unexpected: {
    status: 502,
    message: 'The request could not be forwarded',
    remedy: 'Look at the detail.',
  },
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof failures;
export const failureTable: Readonly<Record<FailureCode, Failure>> = failures;

/** `detail` is for the operator's log: never a secret, never a byte of a body. `cause` is not logged. */
export class ForwardError extends Error {
  readonly code: FailureCode;
  readonly status: Failure['status'];
  readonly remedy: string;
  readonly detail: string | undefined;

  constructor(code: FailureCode, detail?: string, options?: ErrorOptions) {
    super(failures[code].message, options);
    this.name = 'ForwardError';
    this.code = code;
    this.status = failures[code].status;
    this.remedy = failures[code].remedy;
    this.detail = detail;
  }
}

/** Codes of Node's sockets and verifier, and of undici; OpenSSL's own are matched by pattern below. */
const codeOfCause: Readonly<Record<string, FailureCode>> = {
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_unknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'authority_unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'authority_unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority_unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'authority_unknown',
  CERT_UNTRUSTED: 'authority_unknown',
  CERT_REJECTED: 'authority_unknown',
  CERT_SIGNATURE_FAILURE: 'authority_unknown',
  CERT_CHAIN_TOO_LONG: 'authority_unknown',
  PATH_LENGTH_EXCEEDED: 'authority_unknown',
  INVALID_CA: 'authority_unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_name',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'wrong_name',
  SALLYPORT_NAME_MISSING: 'name_missing',
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_expired',
  INVALID_PURPOSE: 'certificate_purpose',
  CA_MD_TOO_WEAK: 'certificate_weak',
  EE_KEY_TOO_SMALL: 'certificate_weak',
  CA_KEY_TOO_SMALL: 'certificate_weak',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
  UND_ERR_HEADERS_TIMEOUT: 'headers_timeout',
  UND_ERR_BODY_TIMEOUT: 'body_timeout',
  UND_ERR_HEADERS_OVERFLOW: 'answer_headers_too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'answer_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'answer_malformed',
  HTTPParserError: 'answer_malformed',
  UND_ERR_INVALID_ARG: 'request_unsendable',
  UND_ERR_NOT_SUPPORTED: 'request_unsendable',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'request_unsendable',
};

const codeOfPattern: readonly (readonly [RegExp, FailureCode])[] = [
  [/^HPE_/, 'answer_malformed'],
  [/^ERR_SSL_.*(?:PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/, 'tls_version'],
  [/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/, 'not_tls'],
  [/^ERR_SSL_.*(?:KEY_TOO_SMALL|MD_TOO_WEAK|DH_KEY_TOO_SMALL)$/, 'certificate_weak'],
  [
    /^ERR_SSL_.*ALERT_(?:HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|NO_CERTIFICATE)/,
    'certificate_wanted',
  ],
  [/^ERR_SSL_|^EPROTO$/, 'tls_failed'],
];

/** What an error of the exchange with `backend` (`host:port`) means. A ForwardError is passed through. */
export function forwardErrorOf(error: unknown, backend: string): ForwardError {
  if (error instanceof ForwardError) return error;
  const causes = causesOf(error);
  for (const cause of causes) {
    const code = codeOfCause[cause.code] ?? codeOfPattern.find(([pattern]) => pattern.test(cause.code))?.[1];
    if (code !== undefined) return new ForwardError(code, detailOf(backend, cause), { cause: error });
  }
  return new ForwardError('unexpected', detailOf(backend, causes[0]), { cause: error });
}

interface Cause {
  readonly code: string;
  readonly message: string;
}

/** The error, those it aggregates (one per address tried) and what caused it, outermost first; at most a handful. */
function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  const open = [error];
  while (open.length > 0 && causes.length < 8) {
    const next = open.shift();
    // Not `instanceof Error`: what another realm made is an error too.
    if (typeof next !== 'object' || next === null) continue;
    const { code, name, message, errors, cause } = next as Readonly<Record<string, unknown>>;
    // undici's parser error has a name but no code.
    const known = [code, name].find((text): text is string => typeof text === 'string' && text !== '');
    causes.push({ code: known ?? '', message: typeof message === 'string' ? message : '' });
    if (Array.isArray(errors)) open.push(...errors);
    if (cause !== undefined) open.push(cause);
  }
  return causes;
}

/**
 * Only the verifier's messages are kept: they speak of the backend's public certificate. Others may quote what was sent.
 */
function detailOf(backend: string, cause: Cause | undefined): string {
  const code = cause === undefined || cause.code === '' ? 'no code' : cause.code;
  const isAboutNames = code.startsWith('ERR_TLS_CERT_') && cause !== undefined;
  const message = isAboutNames ? `: ${cause.message.replace(/[^\x20-\x7e]/g, '?').slice(0, 300)}` : '';
  return `${backend}: ${code}${message}`;
}
