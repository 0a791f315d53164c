import type { HeaderProduct } from './header-table.ts';

/** Where a row of the header table comes from: for docs/headers.md, which no function has to carry. */
export const headerSources: Readonly<Record<HeaderProduct, { readonly name: string; readonly source: string }>> = {
  http: { name: 'HTTP itself', source: 'RFC 9110 §7.6.1, §10.1.1; what we write ourselves, exactly once' },
  sallyport: { name: 'Sallyport', source: 'what this front says itself' },
  rfc9440: { name: 'Client-Cert', source: 'RFC 9440 §2' },
  rfc7239: { name: 'Forwarded and what came before it', source: 'RFC 7239 §5; the X-Forwarded family' },
  '3scale': { name: 'Red Hat 3scale', source: 'APIcast: X-3scale-proxy-secret-token' },
  amazon: {
    name: 'AWS load balancers, VPC Lattice, Lambda Web Adapter',
    source:
      'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html, …/listener-authenticate-users.html; VPC Lattice: identity headers; awslabs/aws-lambda-web-adapter README',
  },
  apache: { name: 'Apache, its TLS module', source: 'https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars' },
  'apache-modules': {
    name: 'Apache’s OpenID Connect and SAML modules',
    source: 'OIDC_CLAIM_…, MELLON_…: the READMEs of OpenIDC and latchset',
  },
  apisix: {
    name: 'Apache APISIX',
    source: 'plugins key-auth, jwt-auth, openid-connect: https://apisix.apache.org/docs',
  },
  authelia: { name: 'Authelia', source: 'https://www.authelia.com/integration/trusted-header-sso/introduction/' },
  authentik: { name: 'authentik', source: 'https://docs.goauthentik.io/docs/add-secure-apps/providers/proxy/' },
  azure: {
    name: 'Azure App Service, Front Door, IIS ARR',
    source:
      'https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities; …/azure/frontdoor/front-door-http-headers-protocol',
  },
  cgi: { name: 'CGI and what imitates it', source: 'RFC 3875 §4.1; names that header readers of PHP and Java try' },
  cloudflare: {
    name: 'Cloudflare',
    source: 'https://developers.cloudflare.com/fundamentals/reference/http-headers/; Access: Cf-Access-Jwt-Assertion',
  },
  cloudfront: {
    name: 'Amazon CloudFront',
    source: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html',
  },
  envoy: {
    name: 'Envoy, Istio',
    source: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers',
  },
  f5: {
    name: 'F5 BIG-IP',
    source: 'iRules that insert SSLClientCert…: F5 DevCentral, "Insert Client Certificate In Serverside HTTP Headers"',
  },
  fastly: {
    name: 'Fastly, Fly.io',
    source: 'Fastly-Client-IP, Fastly-SSL: https://www.fastly.com/documentation/reference/http/http-headers/',
  },
  frameworks: {
    name: 'Frameworks',
    source: 'Symfony and IIS: X-Original-URL, X-Rewrite-URL; Rails, Express, Laravel: X-HTTP-Method-Override',
  },
  google: {
    name: 'Google Cloud IAP, API Gateway, Endpoints, App Engine',
    source:
      'https://cloud.google.com/iap/docs/signed-headers-howto; …/api-gateway/docs/passing-data; …/appengine/docs/standard/reference/request-headers',
  },
  grafana: { name: 'Grafana, Gitea', source: 'auth.proxy: X-WEBAUTH-USER and beside it' },
  habit: { name: 'Habit', source: 'written by hand in many a proxy; no single product owns it' },
  haproxy: { name: 'HAProxy', source: 'http-request set-header X-SSL-Client-…, as its own blog shows it' },
  ibm: {
    name: 'IBM Security Verify Access (WebSEAL), WebSphere plug-in',
    source: 'iv-user, iv-groups, iv-creds; the private headers $WSCC, $WSRU, … (property "trusted")',
  },
  kong: {
    name: 'Kong',
    source: 'https://docs.konghq.com/hub/kong-inc/key-auth/ "Upstream headers"; oauth2: X-Authenticated-…',
  },
  kubernetes: {
    name: 'Kubernetes',
    source:
      'https://kubernetes.io/docs/reference/access-authn-authz/authentication/ (authenticating proxy, impersonation)',
  },
  netscaler: { name: 'NetScaler', source: 'NSC_… and X-Citrix-… of the gateway; CLIENT-IP and certificate insertion' },
  nextjs: { name: 'Next.js', source: 'CVE-2025-29927' },
  nginx: {
    name: 'nginx, ingress-nginx',
    source: 'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables; X-Accel-Redirect',
  },
  'oauth2-proxy': {
    name: 'oauth2-proxy',
    source: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview; GAP-Auth, GAP-Signature',
  },
  oracle: {
    name: 'Oracle Access Manager, OSSO, WebLogic plug-in',
    source: 'OAM_REMOTE_USER, Osso-User-Dn, WL-Proxy-Client-Cert',
  },
  outsystems: {
    name: 'OutSystems Developer Cloud, self-hosted',
    source: 'X-OSEnvironment, which its load balancer adds to choose the stage',
  },
  pomerium: { name: 'Pomerium', source: 'X-Pomerium-Jwt-Assertion, X-Pomerium-Claim-…: https://www.pomerium.com/docs' },
  shibboleth: {
    name: 'Shibboleth',
    source: 'native service provider with ShibUseHeaders: Shib-…, eppn, persistent-id',
  },
  siteminder: { name: 'Symantec SiteMinder', source: 'SM_USER, SM_USERDN, SM_SERVERSESSIONID and the rest of SM_' },
  tailscale: { name: 'Tailscale Serve', source: 'Tailscale-User-Login, -Name, -Profile-Pic' },
  teleport: { name: 'Teleport', source: 'Teleport-Jwt-Assertion of application access' },
  traefik: { name: 'Traefik', source: 'middleware PassTLSClientCert: X-Forwarded-Tls-Client-Cert, -Info' },
  vouch: { name: 'Vouch', source: 'X-Vouch-User, X-Vouch-IdP-…' },
  wso2: { name: 'WSO2 API Manager', source: 'backend JWT: X-JWT-Assertion' },
};
