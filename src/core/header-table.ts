/** Why a header field of the caller does not reach a backend, or one of a backend does not reach the caller. */
export type HeaderClass = 'hop-by-hop' | 'identity' | 'override' | 'address' | 'gateway';

interface HeaderRule {
  readonly class: HeaderClass;
  readonly names: readonly string[];
  /** Every name that begins so. */
  readonly prefixes: readonly string[];
}

/**
 * The one table. Names are folded (see `foldName`): lower case, and `-` for whatever is neither letter nor digit. The
 * fifth class of names, credentials, is not constant: each connection brings the names that it injects.
 */
export const headerTable: readonly HeaderRule[] = [
  {
    // RFC 9110 §7.6.1 and §10.1.1; Host and Content-Length because we write them ourselves, exactly once.
    class: 'hop-by-hop',
    names: words(`connection content-length expect host http2-settings keep-alive proxy-authenticate
      proxy-authentication-info proxy-authorization proxy-connection te trailer transfer-encoding upgrade`),
    prefixes: [],
  },
  {
    // What proxies tell backends about the caller's certificate or account.
    class: 'identity',
    names: words(`remote-user tls-client-cert x-arr-clientcert x-authenticated-user x-certificate x-client-dn
      x-client-fingerprint x-client-issuer x-client-san x-client-serial x-client-subject x-client-verify x-clientcert
      x-forwarded-client-cert x-issuer-dn x-remote-user x-spiffe-id x-subject-dn x-user-dn x-webauth-user`),
    prefixes: words(`cf-access- cf-client- client-cert ssl- wl-proxy- x-amzn-mtls- x-amzn-oidc- x-apigateway-
      x-auth-request- x-client-cert x-goog-authenticated-user- x-goog-iap- x-ms-client-principal x-mtls- x-sallyport-
      x-ssl- x-tls-`),
  },
  {
    // What makes a backend or a framework act as if the request were another one.
    class: 'override',
    // proxy: CGI makes HTTP_PROXY of it (CVE-2016-5385).
    names: words(`forwarded front-end-https path-info proxy script-name x-host x-method-override x-original-host
      x-original-method x-original-path x-original-uri x-original-url x-rewrite-uri x-rewrite-url x-scheme x-script-name
      x-sendfile-type x-url-scheme`),
    // x-middleware-: CVE-2025-29927. x-accel-: what nginx and Rack read file names from.
    prefixes: words('x-accel- x-envoy- x-forwarded- x-http-method x-middleware-'),
  },
  {
    class: 'address',
    names: words(`cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 client-ip fastly-client-ip fly-client-ip
      proxy-client-ip remote-addr true-client-ip x-appengine-user-ip x-azure-clientip x-azure-socketip x-client-ip
      x-cluster-client-ip x-custom-ip-authorization x-forwarded-for x-nf-client-connection-ip x-original-forwarded-for
      x-originating-ip x-real-ip x-remote-addr x-remote-ip x-source-ip x-vercel-forwarded-for`),
    prefixes: [],
  },
  {
    // In a response only: API Gateway would send each as x-amzn-Remapped-…; it writes date and server itself.
    class: 'gateway',
    names: words('date server www-authenticate'),
    prefixes: [],
  },
];

const classByName = new Map(headerTable.flatMap((rule) => rule.names.map((name) => [name, rule.class] as const)));

/** The class of a folded name; undefined: it passes. */
export function classOf(folded: string): HeaderClass | undefined {
  const exact = classByName.get(folded);
  if (exact !== undefined) return exact;
  return headerTable.find((rule) => rule.prefixes.some((prefix) => folded.startsWith(prefix)))?.class;
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
