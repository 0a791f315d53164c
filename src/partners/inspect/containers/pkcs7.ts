import { readBer } from '../../ber.ts';
import { oids } from '../../pkcs12/algorithms.ts';

const code = 'pkcs7_malformed';

export interface Pkcs7 {
  /** DER, in file order. */
  readonly certificates: readonly Uint8Array[];
  readonly lists: readonly Uint8Array[];
  /** More than a bag of certificates: something is signed. */
  readonly signers: number;
}

/** SignedData of RFC 5652 §5, of which only what it carries is read. ProblemError `pkcs7_malformed`. */
export function readPkcs7(bytes: Uint8Array): Pkcs7 {
  const info = readBer(bytes, code);
  if (info.tag !== 0x30 || info.child(0, 0x06, 'a content type').oid('a content type') !== oids.signedData) {
    info.fail('no PKCS#7 file that carries certificates');
  }
  const content = info.child(1, 0xa0, 'the content');
  const signed = content.child(0, 0x30, 'SignedData');
  // version, digestAlgorithms, encapContentInfo; then the optional ones; the SET of signers is last
  const rest = signed.children.slice(3);
  const wholes = (tag: number) =>
    rest.filter((one) => one.tag === tag).flatMap((one) => one.children.map(({ whole }) => whole));
  const signers = rest.at(-1);
  if (signers?.tag !== 0x31) return signed.fail('SignedData without its set of signers');
  return { certificates: wholes(0xa0), lists: wholes(0xa1), signers: signers.children.length };
}
