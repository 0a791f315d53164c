import { backendSeconds } from '../core/aws-limits.ts';
import { isName, namePattern } from '../core/name.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { ConnectionConfig, Credential } from '../core/registry/connection.ts';
import { isRecord } from '../core/unknown.ts';

type Fields = Readonly<Record<string, unknown>>;

const members = new Set(
  ['name', 'transport', 'url', 'serverName', 'authorities', 'allowPlaintext', 'credential', 'timeoutSeconds'].sort(),
);
const credentialMembers: Readonly<Record<Credential['kind'], readonly string[]>> = {
  none: [],
  basic: ['user', 'passwordFrom'],
  bearer: ['tokenFrom'],
  header: ['name', 'valueFrom'],
};

/** The connections as a deployment hands them to the forwarder: a JSON array of ConnectionConfig, nothing added. */
export function writeConnections(connections: readonly ConnectionConfig[]): string {
  return JSON.stringify(connections);
}

/** Reads what `writeConnections` wrote. @throws ProblemError that lists everything wrong; values are checked when a connection is opened. */
export function parseConnections(text: string): readonly ConnectionConfig[] {
  const problems: Problem[] = [];
  const wrong = (where: string, allowed: string): void => {
    problems.push({ code: 'connections_malformed', message: `The connections document is wrong at ${where}`, allowed });
  };
  const list = jsonOf(text);
  if (!Array.isArray(list)) wrong('its top', 'a JSON array');
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const seen = new Set<unknown>();
  for (const [index, entry] of entries.entries()) {
    const fields = isRecord(entry) ? entry : undefined;
    for (const problem of problemsOf(fields)) wrong(`[${index}]${problem.at}`, problem.allowed);
    if (fields !== undefined && seen.has(fields.name)) wrong(`[${index}].name`, 'a name that no other connection has');
    seen.add(fields?.name);
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return entries as readonly ConnectionConfig[];
}

function* problemsOf(fields: Fields | undefined): Generator<{ at: string; allowed: string }> {
  if (fields === undefined) return yield { at: '', allowed: 'an object' };
  for (const member of Object.keys(fields)) {
    if (!members.has(member)) yield { at: `.${member}`, allowed: [...members].join(', ') };
  }
  if (typeof fields.name !== 'string' || !isName(fields.name)) yield { at: '.name', allowed: namePattern };
  if (fields.transport !== 'direct') yield { at: '.transport', allowed: '"direct"' };
  if (typeof fields.url !== 'string') yield { at: '.url', allowed: 'https://host' };
  if (typeof fields.allowPlaintext !== 'boolean') yield { at: '.allowPlaintext', allowed: 'true or false' };
  for (const member of ['serverName', 'authorities']) {
    if (fields[member] !== undefined && !isText(fields[member])) yield { at: `.${member}`, allowed: 'a text' };
  }
  const seconds = fields.timeoutSeconds;
  if (
    seconds !== undefined &&
    !(Number.isInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= backendSeconds)
  ) {
    yield { at: '.timeoutSeconds', allowed: `1 to ${backendSeconds}` };
  }
  yield* problemsOfCredential(isRecord(fields.credential) ? fields.credential : undefined);
}

function* problemsOfCredential(fields: Fields | undefined): Generator<{ at: string; allowed: string }> {
  const kind = Object.keys(credentialMembers).find((known) => known === fields?.kind) as Credential['kind'] | undefined;
  if (fields === undefined || kind === undefined) {
    return yield { at: '.credential.kind', allowed: Object.keys(credentialMembers).join(', ') };
  }
  const wanted = credentialMembers[kind];
  for (const member of wanted) {
    if (!isText(fields[member])) yield { at: `.credential.${member}`, allowed: 'a text' };
  }
  for (const member of Object.keys(fields)) {
    if (member !== 'kind' && !wanted.includes(member)) {
      yield { at: `.credential.${member}`, allowed: ['kind', ...wanted].join(', ') };
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
