import { backendSeconds } from '../core/aws-limits.ts';
import { isName, namePattern } from '../core/name.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { type ConnectionConfig, credentialKinds, type Kinds, transportKinds } from '../core/registry/connection.ts';
import { isRecord } from '../core/unknown.ts';

type Fields = Readonly<Record<string, unknown>>;
type Wrong = { readonly at: string; readonly allowed: string };

interface Member {
  readonly allowed: string;
  readonly required?: true;
  fits(value: unknown): boolean;
}

const headerNames = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}[*]?$/;
const text: Member = { allowed: 'a text', fits: isText };
const names: Member = {
  allowed: 'a list of header names, or beginnings of them and *',
  fits: (value) => Array.isArray(value) && value.every((item) => isText(item) && headerNames.test(item)),
};

/** The members that hold a plain value. The compiler asks for every one that a connection has. */
const members: Readonly<Record<Exclude<keyof ConnectionConfig, 'transport' | 'credential'>, Member>> = {
  name: { allowed: namePattern, required: true, fits: (value) => isText(value) && isName(value) },
  url: { allowed: 'https://host', required: true, fits: isText },
  allowPlaintext: { allowed: 'true or false', required: true, fits: (value) => typeof value === 'boolean' },
  serverName: text,
  authorities: text,
  timeoutSeconds: {
    allowed: `1 to ${backendSeconds}`,
    fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= backendSeconds,
  },
  reuse: { allowed: '"never"', fits: (value) => value === 'never' },
  strip: names,
  pass: names,
};
const kinds = { transport: transportKinds, credential: credentialKinds } satisfies Readonly<Record<string, Kinds>>;
const known = [...Object.keys(members), ...Object.keys(kinds)].sort();

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

function* problemsOf(fields: Fields | undefined): Generator<Wrong> {
  if (fields === undefined) return yield { at: '', allowed: 'an object' };
  for (const member of Object.keys(fields)) {
    if (!known.includes(member)) yield { at: `.${member}`, allowed: known.join(', ') };
  }
  for (const [member, { allowed, required, fits }] of Object.entries(members)) {
    const value = fields[member];
    if (value === undefined ? required : !fits(value)) yield { at: `.${member}`, allowed };
  }
  for (const [member, table] of Object.entries(kinds)) yield* problemsOfKind(`.${member}`, fields[member], table);
}

function* problemsOfKind(at: string, value: unknown, table: Kinds): Generator<Wrong> {
  const fields = isRecord(value) ? value : undefined;
  const kind = typeof fields?.kind === 'string' && Object.hasOwn(table, fields.kind) ? table[fields.kind] : undefined;
  if (fields === undefined || kind === undefined) {
    return yield { at: `${at}.kind`, allowed: Object.keys(table).join(', ') };
  }
  const wanted = Object.keys(kind.members);
  for (const member of wanted) if (!isText(fields[member])) yield { at: `${at}.${member}`, allowed: 'a text' };
  for (const member of Object.keys(fields)) {
    if (member !== 'kind' && !wanted.includes(member)) {
      yield { at: `${at}.${member}`, allowed: ['kind', ...wanted].join(', ') };
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
