import { nearest } from '../../core/nearest.ts';
import type { Problem } from '../../core/problem.ts';
import type { PemSource, Positioned } from '../../core/registry/source.ts';
import type { FrontFiles } from '../front-files.ts';
import type { Shape } from '../shape.ts';
import { checkText, printable } from '../text.ts';
import { parseTree } from '../tree.ts';

export type Report = (problem: Problem) => void;

export const folders = {
  authorities: 'truststore/authorities/',
  clients: 'truststore/clients/',
  groups: 'truststore/groups/',
  tokenIssuers: 'truststore/token-issuers/',
} as const;

export function readDocument<T>(
  file: string,
  shape: Shape<T>,
  nameOf: (value: T) => Positioned<string>,
  files: FrontFiles,
  report: Report,
): T | undefined {
  const tree = parseTree(file, files.get(file) ?? new Uint8Array(), report);
  const value = tree === undefined ? undefined : shape.read(tree, { report, key: file });
  if (value === undefined) return undefined;
  const inside = nameOf(value);
  const outside = file.slice(file.lastIndexOf('/') + 1, -'.yaml'.length);
  if (inside.value === outside) return value;
  report({
    code: 'name_is_not_file_name',
    message: 'the name inside the file is not the name of the file',
    place: inside.place,
    found: `${inside.value} in ${printable(outside, '')}.yaml`,
    allowed: printable(outside, ''),
    remedy: `rename the file to ${inside.value}.yaml, or write ${printable(outside, '')}`,
  });
  return undefined;
}

export function readPem(
  path: string,
  place: Problem['place'],
  files: FrontFiles,
  used: Set<string>,
  report: Report,
): PemSource | undefined {
  used.add(path);
  const bytes = files.get(path);
  if (bytes !== undefined) {
    const binary = notPem(path, bytes);
    if (binary !== undefined) report(binary);
    const text = binary === undefined ? checkText(path, bytes, report) : undefined;
    return text === undefined ? undefined : { file: path, text };
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const others = [...files.keys()].filter((other) => other.startsWith(folder) && other.endsWith('.pem'));
  const near = nearest(
    path.slice(folder.length),
    others.map((other) => other.slice(folder.length)),
  );
  report({
    code: 'file_missing',
    message:
      near === undefined ? 'a certificate file is missing' : `a certificate file is missing; did you mean ${near}?`,
    place,
    found: `no file ${path}`,
    allowed: 'a PEM file with that name beside this one',
    remedy: near === undefined ? `put the certificate into ${path}` : `write ${near}`,
  });
  return undefined;
}

/** OID of SignedData (RFC 5652 §5.1) as it stands in the first bytes of a PKCS#7 file. */
const signedData = '06092a864886f70d010702';

/** What Windows writes: DER or PKCS#7 under the name of a PEM file, and how it is converted. */
function notPem(file: string, bytes: Uint8Array): Problem | undefined {
  const bag = Buffer.from(bytes.subarray(0, 32)).toString('hex').includes(signedData);
  const labelled = /-----BEGIN (?:PKCS7|CMS)-----/.test(Buffer.from(bytes.subarray(0, 4096)).toString('latin1'));
  if (bytes[0] !== 0x30 && !labelled) return undefined;
  const form = labelled ? '' : ' -inform DER';
  const command = bag || labelled ? `openssl pkcs7${form} -print_certs -in` : `openssl x509${form} -in`;
  return {
    code: 'not_pem',
    message:
      bag || labelled ? 'the file is PKCS#7, and PEM certificates are wanted' : 'the file is DER, and PEM is wanted',
    place: { file },
    allowed: 'certificates as PEM, -----BEGIN CERTIFICATE-----',
    remedy: `${command} ${file} -out NEW.pem && mv NEW.pem ${file}   (or: sallyport authority add NAME --from FILE, which reads it as it is)`,
  };
}
