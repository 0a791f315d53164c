import { ProblemError } from '../problem.ts';
import { readPemBlocks } from '../x509/pem.ts';

/** The lists in these bytes, DER each: one in DER, or any number in PEM. None when it is neither. */
export function listsInFile(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  try {
    return readPemBlocks(new TextDecoder().decode(bytes)).flatMap(({ label, der }) =>
      label === 'X509 CRL' ? [der] : [],
    );
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}
