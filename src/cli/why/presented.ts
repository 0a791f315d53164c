import type { Certificate } from '../../core/x509/certificate.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { foundInstead, type Given, type GivenOptions, leafGiven, readGiven, refuseLocked } from '../terminal/given.ts';

/** What a caller with this file would present: DER of the leaf, then of the rest. */
export async function readPresented(file: string, options: GivenOptions, at: number): Promise<readonly Uint8Array[]> {
  const given = await readGiven([file], 'the certificate', options, at);
  const leaf = await leafGiven(given, options, at);
  const { cas, clients, malformed } = given.material;
  const own = leaf ?? (malformed.length === 0 ? lowestOf(cas) : undefined);
  const others = [...clients, ...cas].filter((one) => one !== own).map(({ der }) => der);
  if (own !== undefined) return [own.der, ...others];
  const [broken] = malformed;
  // the decision says what is wrong with it
  if (broken !== undefined) return [broken.der, ...others];
  await refuseLocked(given);
  return nothing(given);
}

/** Whoever connects with a CA certificate: of several the one that has signed none of the others, else the first. */
function lowestOf(cas: readonly Certificate[]): Certificate | undefined {
  return cas.find((ca) => !cas.some((other) => other !== ca && other.issuer.key === ca.subject.key)) ?? cas[0];
}

function nothing(given: Given): never {
  return wrongUsage(`no certificate in it (${foundInstead(given)})`, 'sallyport inspect FILE says what it is');
}
