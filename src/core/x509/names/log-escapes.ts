/**
 * A name from the access log of nginx, which writes a backslash as `\x5C`, a quote as `\x22` and every octet beyond ASCII as
 * `\xXX` (log_format, escape=default): the escapes of the name itself stand escaped once more. Undefined for a text that
 * nobody has escaped so; OpenSSL's slash form has escapes like these of its own, and none of a backslash.
 */
export function withoutLogEscapes(text: string): string | undefined {
  if (!/\\x5C/i.test(text) || text.trimStart().startsWith('/')) return undefined;
  return text.replace(/(?:\\x[0-9A-F]{2})+/gi, (octets) =>
    Buffer.from(octets.replace(/\\x/gi, ''), 'hex').toString('utf8'),
  );
}
