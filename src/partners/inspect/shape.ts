import { ProblemError } from '../../core/problem.ts';
import { type BerElement, readBer } from '../ber.ts';
import { oids } from '../pkcs12/algorithms.ts';

export type Shape =
  | 'certificate'
  | 'revocation-list'
  | 'request'
  | 'pkcs7'
  | 'pkcs12'
  | 'private-key'
  | 'ssh-key'
  | 'encrypted-key'
  | 'public-key';

/** What a DER or BER structure is, by its outline; undefined when it is nobody's that we know. Never throws. */
export function shapeOf(bytes: Uint8Array): Shape | undefined {
  try {
    const element = readBer(bytes, 'der_malformed');
    return element.tag === 0x30 ? shapeOfSequence(element) : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function shapeOfSequence(element: BerElement): Shape | undefined {
  const [first, second, third] = element.children;
  const tags = element.children.map(({ tag }) => tag);
  if (first === undefined || second === undefined) return undefined;
  if (first.tag === 0x06) return first.oid('') === oids.signedData ? 'pkcs7' : undefined;
  if (first.tag === 0x02) {
    const version = first.content.length === 1 ? first.content[0] : -1;
    if (version === 3 && second.tag === 0x30) return 'pkcs12';
    const rsa = tags.length >= 9 && tags.every((tag) => tag === 0x02 || tag === 0x30);
    const ec = version === 1 && second.tag === 0x04;
    const pkcs8 = second.tag === 0x30 && third?.tag === 0x04;
    return rsa || ec || pkcs8 ? 'private-key' : undefined;
  }
  if (first.tag !== 0x30) return undefined;
  if (tags.length === 2 && second.tag === 0x04) return 'encrypted-key';
  if (tags.length === 2 && second.tag === 0x03) return 'public-key';
  return tags.length === 3 && second.tag === 0x30 && third?.tag === 0x03 ? signedShape(first) : undefined;
}

/** Certificate, CertificateList and CertificationRequest are all {contents, algorithm, signature}. */
function signedShape(contents: BerElement): Shape | undefined {
  const tags = contents.children.map(({ tag }) => tag);
  const time = (tag: number | undefined) => tag === 0x17 || tag === 0x18;
  if (tags[0] === 0xa0) return 'certificate';
  const [a, b, c] = tags[0] === 0x02 ? tags.slice(1) : tags;
  if (a === 0x30 && b === 0x30 && time(c)) return 'revocation-list';
  if (tags[0] !== 0x02) return undefined;
  // INTEGER, algorithm, issuer, validity, … is a version 1 certificate; INTEGER, subject, key is a request
  return tags.length >= 6 ? 'certificate' : 'request';
}
