import { ProblemError } from '../problem.ts';
import type { Client, Registry, Requirement, Route, Rule } from '../registry/registry.ts';
import type { Admission } from '../request/path.ts';
import { ADMISSIONS, parseRequestPath, type RequestPath } from '../request/path.ts';
import { matchesPath } from '../request/pattern.ts';
import type { Reason } from './reasons.ts';

/** A request as rules and routes see it. Without a path it is malformed and nothing matches it. */
export interface AskedRequest {
  readonly method: string;
  readonly raw: string;
  readonly path?: RequestPath;
  readonly route?: Route;
  /** What every client has to meet that makes it. */
  readonly require: readonly Requirement[];
  readonly malformed?: Reason;
}

const none: readonly Requirement[] = [];

/**
 * Reads the path and finds its route. The route is chosen first, by the most generous reading of the grammar, and then
 * has to admit what the path needs: a path never falls through to a less specific route because of its spelling.
 */
export function readRequest(
  request: { readonly method: string; readonly path: string },
  registry: Registry,
): AskedRequest {
  const { method, path: raw } = request;
  const path = readPath(raw, ADMISSIONS);
  if ('code' in path) return { method, raw, require: none, malformed: path };
  const route = registry.routeFor(method, path);
  const require = route === undefined ? none : registry.requirementsOf(method, path, route);
  if (path.needs.length > 0) {
    const checked = readPath(raw, route?.admits ?? []);
    if ('code' in checked) return { method, raw, route, require, malformed: checked };
  }
  return { method, raw, path, route, require };
}

function readPath(raw: string, admits: readonly Admission[]): RequestPath | Reason {
  try {
    return parseRequestPath(raw, admits);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [problem] = error.problems;
    return { code: 'path_malformed', found: problem?.found, expected: problem?.message };
  }
}

/** The most specific rule of the client that matches; of equally specific ones the first. */
export function ruleFor(client: Client, { method, path }: AskedRequest): Rule | undefined {
  return path === undefined ? undefined : client.ruleFor(method, path);
}

/** What stands against the request; without a client only what is wrong for everybody. */
export function requestReasons(
  asked: AskedRequest,
  client: Client | undefined,
  rule: Rule | undefined,
): readonly Reason[] {
  const { method, raw, path, route, malformed } = asked;
  const reasons: Reason[] = malformed === undefined ? [] : [malformed];
  const found = `${method} ${raw}`;
  if (client !== undefined && path !== undefined && rule === undefined) reasons.push(ruleReason(client, path, found));
  if (path !== undefined && route === undefined) reasons.push({ code: 'route_missing', found });
  return reasons;
}

function ruleReason(client: Client, path: RequestPath, found: string): Reason {
  const near = client.rules.filter(({ pattern }) => matchesPath(pattern, path));
  const expected = (near.length === 0 ? client.rules : near).map(({ pattern }) => pattern.text).join('; ');
  const code = near.length === 0 ? 'path_not_allowed' : 'method_not_allowed';
  return { code, client: client.name, found, expected, at: (near[0] ?? client.rules[0])?.at ?? client.at };
}
