/**
 * Schemes that authenticate a *connection*: the backend remembers the user of a socket and answers whatever comes over it
 * next as that user's (RFC 4559 §6; IIS calls it connection-based authentication). Behind a front many callers share the
 * sockets, so the next caller would get the last one's answers.
 */
const schemes = /(?:^|,)\s*(?:ntlm|negotiate|kerberos|nego2|credssp)(?=[\s,]|$)/i;

/** Whether an Authorization or WWW-Authenticate names one of them. Doubled fields may have been joined by commas. */
export function namesConnectionScheme(value: string): boolean {
  return schemes.test(value);
}
