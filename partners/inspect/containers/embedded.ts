/** Long enough for the smallest certificate, too long for a word. */
const minLength = 200;
const maxParts = 200;

/**
 * What stands in a text as base64 outside of PEM blocks: attachments of a mail (MIME), values of a Kubernetes secret or of
 * JSON. Decoded; whether it is anything is for whoever reads it. Linear in the text.
 */
export function embeddedIn(text: string): readonly Uint8Array[] {
  const outside = text.replace(/-----BEGIN [A-Z0-9 ]{1,40}-----[^-]*-----END [A-Z0-9 ]{1,40}-----/g, '\n\n');
  const parts: Uint8Array[] = [];
  let run = '';
  const close = (): void => {
    if (run.length >= minLength && parts.length < maxParts) parts.push(Buffer.from(run, 'base64'));
    run = '';
  };
  for (const line of outside.split(/\r?\n/)) {
    // a line of an attachment, or the value behind a key
    const value = /^(?:[\w.\-"' ]{0,100}:)?[\s"']*([A-Za-z0-9+/]{4,}={0,2})["',;\s]*$/.exec(line);
    const [whole, base64 = ''] = value ?? [];
    if (whole === undefined) close();
    else if (whole.includes(':')) {
      close();
      run = base64;
    } else run += base64;
    if (base64.endsWith('=')) close();
  }
  close();
  return parts;
}
