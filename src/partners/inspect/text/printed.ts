import { ProblemError } from '../../../core/problem.ts';
import { readingsOf } from '../../../core/x509/name-text.ts';
import { parseThumbprint } from '../../../core/x509/names/printed-hex.ts';

/** Longer texts are letters, in which a name may stand, but are none. */
const maximumCharacters = 1000;

/** What people send who were asked for "the certificate": its thumbprint, or its subject. Undefined for any other text. */
export function printedIn(text: string): { readonly what: string; readonly remedy: string } | undefined {
  const bare = text.trim();
  if (bare === '' || bare.length > maximumCharacters) return undefined;
  try {
    if (parseThumbprint(bare) !== undefined) {
      const remedy = 'ask for the certificate itself; sallyport name FILE says what the thumbprint is worth';
      return { what: 'the thumbprint of a certificate, without the certificate', remedy };
    }
    if (!bare.includes('\n') && bare.includes('=') && readingsOf(bare).length > 0) {
      const remedy = 'ask for the certificate itself; sallyport name FILE says how to register the name';
      return { what: 'the subject of a certificate, without the certificate', remedy };
    }
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
