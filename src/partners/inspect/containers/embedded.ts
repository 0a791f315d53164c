/** Long enough for the smallest certificate, too long for a word. */
const minLength = 200;
const maxParts = 200;

/** What may stand in front of and behind a value: quotes of JSON, colons of RFC 9440, commas of Traefik's list. */
const value = /(?:^|["':,;=\s])([A-Za-z0-9+/]{200,}={0,2})(?=["':,;&\s]|$)/g;

/**
 * What stands in a text as base64 outside of PEM blocks: attachments of a mail (MIME), values of a Kubernetes secret or of
 * JSON, headers that proxies make (`Client-Cert: :MII…:` of RFC 9440 §2.1, percent-encoded ones). Decoded; whether it is anything is for whoever reads it. Linear in the text.
 */
export function embeddedIn(text: string): readonly Uint8Array[] {
  const outside = text
    .replace(/-----BEGIN [A-Z0-9 ]{1,40}-----[^-]*-----END [A-Z0-9 ]{1,40}-----/g, '\n\n')
    .replace(/%(2B|2F|3D|2C)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const parts: Uint8Array[] = [];
  let run = '';
  const close = (): void => {
    if (run.length >= minLength && parts.length < maxParts) parts.push(Buffer.from(run, 'base64'));
    run = '';
  };
  for (const line of outside.split(/\r?\n/)) {
    // in one line: a value of JSON or YAML or a header, of which there may be several
    const values = [...line.matchAll(value)].map(([, base64 = '']) => base64);
    if (values.length > 0) {
      close();
      for (const base64 of values) {
        run = base64;
        close();
      }
      continue;
    }
    // a line of an attachment (its last one may be short), or the value behind a key or a dash
    const [whole, before = '', base64 = '', end = ''] =
      /^((?:[\w.\-"' ]{0,100}:)?[\s"'-]*)([A-Za-z0-9+/]+)(={0,2})["',;\s]*$/.exec(line) ?? [];
    if (whole === undefined || /["']/.test(line) || (run === '' && base64.length < 4)) {
      close();
      continue;
    }
    // a certificate or a bag begins anew, whatever stood before it
    if (/[:-]/.test(before) || /^MI[I-M]/.test(base64)) close();
    run += base64 + end;
    if (end !== '') close();
  }
  close();
  return parts;
}
