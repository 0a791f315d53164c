/** Why a header field of the caller does not reach a backend, or one of a backend does not reach the caller. */
export type HeaderClass = 'hop-by-hop' | 'identity' | 'override' | 'address' | 'gateway';

export interface HeaderRule {
  readonly class: HeaderClass;
  /** Who writes or believes it: a row of src/core/header-sources.ts. */
  readonly product: string;
  readonly names: readonly string[];
  /** Every name that begins so. */
  readonly prefixes: readonly string[];
}

/**
 * The one table; docs/headers.md is made of it. Names are folded (see `foldName`): lower case, and `-` for whatever is neither
 * letter nor digit; in a row, what ends in `*` is the beginning of names. The fifth class of names, credentials, is not
 * constant: each connection brings the names that it injects, and may strip more.
 *
 * identity: what a proxy tells a backend about the caller's certificate or account. override: what makes a backend or a
 * framework act as if the request were another one. address: where the caller is. gateway: in a response only, where API
 * Gateway would send each as x-amzn-Remapped-…; it writes date and server itself.
 */
const rows = [
  [
    'hop-by-hop',
    'http',
    `connection content-length expect host http2-settings keep-alive proxy-authenticate proxy-authentication-info
      proxy-authorization proxy-connection te trailer transfer-encoding upgrade`,
  ],
  ['gateway', 'http', 'date server www-authenticate'],
  ['identity', 'sallyport', 'x-sallyport-*'],
  ['identity', 'rfc9440', 'client-cert*'],
  ['identity', '3scale', 'x-3scale-*'],
  [
    'identity',
    'amazon',
    'x-amzn-lambda-context x-amzn-lattice-* x-amzn-mtls-* x-amzn-oidc-* x-amzn-request-context x-apigateway-*',
  ],
  ['identity', 'apache', 'ssl-* x-ssl-*'],
  ['identity', 'apache-modules', 'mellon-* oidc-*'],
  ['identity', 'apisix', 'x-consumer-* x-credential-* x-id-token x-userinfo'],
  ['identity', 'authelia', 'remote-*'],
  ['identity', 'authentik', 'x-authentik-*'],
  ['identity', 'azure', 'x-arr-* x-azure-* x-ms-client-principal* x-ms-token-*'],
  ['identity', 'cloudflare', 'cf-access-* cf-client-*'],
  ['identity', 'cloudfront', 'cloudfront-*'],
  ['identity', 'envoy', 'x-forwarded-client-cert x-istio-* x-jwt-* x-spiffe-id'],
  ['identity', 'f5', 'sslclient*'],
  ['identity', 'fastly', 'fastly-*'],
  ['identity', 'google', 'x-appengine-* x-endpoint-api-* x-goog-authenticated-user-* x-goog-iap-*'],
  ['identity', 'grafana', 'x-webauth-*'],
  ['identity', 'haproxy', 'x-ssl-*'],
  ['identity', 'ibm', 'iv-* -ws*'],
  ['identity', 'kong', 'x-anonymous-consumer x-authenticated-* x-consumer-* x-credential-*'],
  ['identity', 'kubernetes', 'impersonate-* x-remote-*'],
  ['identity', 'netscaler', 'nsc-* x-citrix-* x-client-*'],
  ['identity', 'nginx', 'ssl-* x-client-* x-ssl-*'],
  ['identity', 'oauth2-proxy', 'gap-* x-auth-request-*'],
  ['identity', 'oracle', 'oam-* osso-* wl-proxy-*'],
  ['identity', 'outsystems', 'x-osenvironment'],
  ['identity', 'pomerium', 'x-pomerium-*'],
  ['identity', 'shibboleth', 'ajp-* eppn persistent-id shib-* targeted-id'],
  ['identity', 'siteminder', 'sm-* smuser'],
  ['identity', 'tailscale', 'tailscale-*'],
  ['identity', 'teleport', 'teleport-*'],
  ['identity', 'traefik', 'x-forwarded-tls-* x-forwarded-user'],
  ['identity', 'vouch', 'x-vouch-*'],
  ['identity', 'wso2', 'x-jwt-assertion'],
  [
    'identity',
    'habit',
    `tls-client-cert x-certificate x-clientcert x-issuer-dn x-mtls-* x-subject-dn x-tls-* x-user-dn`,
  ],
  // proxy: CGI makes HTTP_PROXY of it (CVE-2016-5385). x-middleware-: CVE-2025-29927.
  ['override', 'cgi', 'path-info proxy script-name'],
  ['override', 'rfc7239', 'forwarded forwarded-* x-forwarded x-forwarded-*'],
  ['override', 'azure', 'disguised-host was-default-hostname x-waws-*'],
  ['override', 'envoy', 'x-envoy-*'],
  ['override', 'nextjs', 'x-middleware-*'],
  ['override', 'nginx', 'x-accel-* x-sendfile-type'],
  [
    'override',
    'frameworks',
    `front-end-https x-host x-http-method* x-method-override x-original-* x-rewrite-* x-scheme x-script-name x-url-scheme`,
  ],
  ['address', 'rfc7239', 'forwarded-for x-forwarded-for x-original-forwarded-for'],
  ['address', 'amazon', 'x-amzn-source-*'],
  ['address', 'azure', 'client-ip x-azure-clientip x-azure-socketip'],
  ['address', 'cloudflare', 'cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 true-client-ip'],
  ['address', 'fastly', 'fastly-client-ip fly-client-ip'],
  ['address', 'google', 'x-appengine-user-ip'],
  [
    'address',
    'cgi',
    'http-client-ip http-forwarded http-forwarded-for http-x-cluster-client-ip http-x-forwarded http-x-forwarded-for remote-addr',
  ],
  [
    'address',
    'habit',
    `proxy-client-ip x-client-ip x-cluster-client-ip x-custom-ip-authorization x-nf-client-connection-ip
      x-originating-ip x-real-ip x-remote-addr x-remote-ip x-source-ip x-vercel-forwarded-for`,
  ],
] as const satisfies readonly (readonly [HeaderClass, string, string])[];

export type HeaderProduct = (typeof rows)[number][1];

export const headerTable: readonly HeaderRule[] = rows.map(([headerClass, product, written]) => {
  const words = written.split(/\s+/);
  const isPrefix = (word: string) => word.endsWith('*');
  return {
    class: headerClass,
    product,
    names: words.filter((word) => !isPrefix(word)),
    prefixes: words.filter(isPrefix).map((word) => word.slice(0, -1)),
  };
});

const classByName = new Map(headerTable.flatMap((rule) => rule.names.map((name) => [name, rule.class] as const)));

/** The class of a folded name; undefined: it passes. */
export function classOf(folded: string): HeaderClass | undefined {
  const exact = classByName.get(folded);
  if (exact !== undefined) return exact;
  return headerTable.find((rule) => rule.prefixes.some((prefix) => folded.startsWith(prefix)))?.class;
}

/** Whether what a caller sends under a folded name is removed, whichever connection it goes over. */
export function neverPasses(folded: string): boolean {
  const found = classOf(folded);
  return found !== undefined && found !== 'gateway';
}
