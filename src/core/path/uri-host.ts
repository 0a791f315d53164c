/** Only what RFC 3986 §2 has. A backslash, above all: browsers read it as a slash, others as part of a name. */
const characters = /^[a-z0-9._~:/?#[\]@!$&'()*+,;=%-]*$/i;

/** scheme "://" [userinfo "@"] host [":" port], RFC 3986 §3.2. */
const withAuthority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:]*)(?::[0-9]*)?(?:[/?#]|$)/i;
const hostName = /^(?=.*[a-z])[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** The host of a URI in lower case; undefined when it is malformed, or has none, or an IP address, or nothing that a name server knows. */
export function hostOfUri(uri: string): string | undefined {
  if (!characters.test(uri)) return undefined;
  const host = withAuthority.exec(uri)?.[1]?.toLowerCase();
  return host !== undefined && hostName.test(host) ? host : undefined;
}
