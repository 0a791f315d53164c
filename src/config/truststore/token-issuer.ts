import { readTokenKeys } from '../../core/registry/conditions/token-keys.ts';
import type { TokenIssuerSource } from '../../core/registry/source.ts';
import { tokenIssuerShape } from '../fields/truststore.ts';
import type { FrontFiles } from '../front-files.ts';
import { checkText } from '../text.ts';
import { folders, type Report, readDocument } from './file.ts';

export function readTokenIssuer(
  name: string,
  files: FrontFiles,
  used: Set<string>,
  report: Report,
): TokenIssuerSource | undefined {
  const file = `${folders.tokenIssuers}${name}.yaml`;
  const tree = readDocument(file, tokenIssuerShape, ({ tokenIssuer }) => tokenIssuer, files, report);
  if (tree === undefined) return undefined;
  const path = `${folders.tokenIssuers}${tree.keys.value}`;
  used.add(path);
  const bytes = files.get(path);
  if (bytes === undefined) {
    report({
      code: 'file_missing',
      message: 'the file with the keys is missing',
      place: tree.keys.place,
      found: `no file ${path}`,
      allowed: 'a JSON Web Key Set with that name beside this one',
      remedy: `curl -o ${path} https://…, with the address that the issuer's metadata names as jwks_uri`,
    });
    return undefined;
  }
  const text = checkText(path, bytes, report);
  if (text === undefined) return undefined;
  const read = readTokenKeys(text, path);
  if ('problems' in read) {
    for (const problem of read.problems) report(problem);
    return undefined;
  }
  return {
    name,
    issuer: tree.issuer.value,
    audiences: tree.audiences.items.map(({ value }) => value),
    keys: read.keys,
    place: tree.tokenIssuer.place,
  };
}
