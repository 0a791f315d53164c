import { foldName } from '../core/fold-name.ts';
import { neverPasses } from '../core/header-table.ts';
import type { Problem } from '../core/problem.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { readCertificates } from '../core/registry/pem-source.ts';
import type { FrontTree } from './fields/front.ts';
import type { FrontFiles } from './front-files.ts';
import { checkText } from './text.ts';

type Report = (problem: Problem) => void;
type ConnectionTree = FrontTree['connections']['entries'][number]['value'];

/** The connections of sallyport.yaml with their CA files read in; undefined when one of them has a problem. */
export function connectionsOf(
  front: FrontTree,
  files: FrontFiles,
  report: Report,
): ReadonlyMap<string, ConnectionConfig> | undefined {
  const connections = new Map<string, ConnectionConfig>();
  for (const { name, value } of front.connections.entries) {
    const url = originOf(value, report);
    const plaintextAgreed = agreesWithUrl(value, report);
    const passed = passesWhatMayPass(value, report);
    const authorities = value.authorities && authoritiesOf(value.authorities, files, report);
    const hasProblem = url === undefined || !plaintextAgreed || !passed;
    if (hasProblem || (value.authorities !== undefined && authorities === undefined)) continue;
    connections.set(name.value, {
      name: name.value,
      transport: value.transport,
      url,
      serverName: value.serverName?.value,
      authorities,
      allowPlaintext: value.allowPlaintext?.value ?? false,
      credential: value.credential,
      timeoutSeconds: value.timeoutSeconds?.value,
      reuse: value.reuse?.value,
      strip: value.strip?.items.map((name) => name.value),
      pass: value.pass?.items.map((name) => name.value),
    });
  }
  return connections.size === front.connections.entries.length ? connections : undefined;
}

function originOf({ url }: ConnectionTree, report: Report): string | undefined {
  const parsed = URL.canParse(url.value) ? new URL(url.value) : undefined;
  if (parsed !== undefined) return parsed.origin;
  report({
    code: 'value_not_allowed',
    message: 'this is no address of a backend',
    place: url.place,
    found: url.value,
    allowed: 'scheme, host and optionally a port: https://tenant.example.com:8443',
  });
  return undefined;
}

/** Off must be written down: plain HTTP needs `allowPlaintext: true`, and nothing that speaks of TLS goes with it. */
function agreesWithUrl(connection: ConnectionTree, report: Report): boolean {
  const { url, allowPlaintext, serverName, authorities } = connection;
  if (!url.value.startsWith('http:')) {
    if (allowPlaintext?.value !== true) return true;
    report({
      code: 'plaintext_unused',
      message: 'allowPlaintext has no meaning for an https url',
      place: allowPlaintext.place,
      found: 'allowPlaintext: true',
      allowed: 'allowPlaintext: true beside an http url only',
      remedy: 'remove allowPlaintext',
    });
    return false;
  }
  let agreed = true;
  if (allowPlaintext?.value !== true) {
    agreed = false;
    report({
      code: 'plaintext_not_allowed',
      message: 'requests to this backend, and its credential, could be read on the way',
      place: url.place,
      found: url.value,
      allowed: 'an https url, or http with the risk taken in writing',
      remedy: `write url: "https:${url.value.slice('http:'.length)}"; or, if the backend has no TLS and that is meant, allowPlaintext: true`,
    });
  }
  for (const [key, value] of Object.entries({ serverName, authorities })) {
    if (value === undefined) continue;
    agreed = false;
    report({
      code: 'tls_unused',
      message: `${key} has no meaning for an http url`,
      place: value.place,
      found: `${key} beside ${url.value}`,
      allowed: `${key} beside an https url only`,
      remedy: `remove ${key}, or write url: "https:${url.value.slice('http:'.length)}"`,
    });
  }
  return agreed;
}

/** `pass` cannot bring back what the table removes: whoever writes such a name expects something that does not happen. */
function passesWhatMayPass({ pass }: ConnectionTree, report: Report): boolean {
  const owned = (pass?.items ?? []).filter(({ value }) => !value.endsWith('*') && neverPasses(foldName(value)));
  for (const { value, place } of owned) {
    report({
      code: 'header_name_owned',
      message: 'this header never reaches a backend as the caller sent it',
      place,
      found: value,
      allowed: 'names that docs/headers.md does not list',
      remedy: `remove ${value} from pass`,
    });
  }
  return owned.length === 0;
}

function authoritiesOf(
  file: { readonly value: string; readonly place: Problem['place'] },
  files: FrontFiles,
  report: Report,
): string | undefined {
  const bytes = files.get(file.value);
  if (bytes === undefined) {
    report({
      code: 'file_missing',
      message: 'there is no such file',
      place: file.place,
      found: file.value,
      allowed: 'a PEM file in the folder connections/ beside sallyport.yaml',
      remedy: `put the backend's CA certificates into ${file.value}`,
    });
    return undefined;
  }
  const text = checkText(file.value, bytes, report);
  if (text === undefined) return undefined;
  const certificates = readCertificates({ file: file.value, text }, report);
  if (certificates === undefined || certificates.length > 0) return certificates && text;
  report({
    code: 'authority_empty',
    message: 'the file holds no certificate',
    place: { file: file.value, line: 1, column: 1 },
    found: 'no certificate',
    allowed: "the CAs that may sign the backend's certificate",
  });
  return undefined;
}
