import { isoDay } from '../day.ts';
import type { Decision } from '../decide/decide.ts';
import type { Reason } from '../decide/reasons.ts';
import { requirementYaml } from '../registry/conditions/condition-text.ts';
import type { ClientDocument, RegistryDocument, RequirementDocument } from '../registry/document.ts';
import { alikePattern, alikeReadings } from '../request/alike.ts';
import { parseRequestPath } from '../request/path.ts';
import { compareSpecificity, matchesPath, parsePattern } from '../request/pattern.ts';
import { rewriteTarget } from '../request/rewrite.ts';
import { chainEdit } from './chain-edit.ts';
import { conditionEdit, rangeOf, yamlRange } from './condition-edits.ts';
import type { Edit } from './edit.ts';
import { identityEdit } from './identity-edits.ts';

interface Situation {
  readonly document: RegistryDocument;
  readonly decision: Extract<Decision, { outcome: 'deny' }>;
  /** Without an address it is assumed to come from one that the client may use: then none is added anywhere. */
  readonly request: { readonly method: string; readonly path: string; readonly address: string | undefined };
  /** DER of what came behind the client's own certificate. */
  readonly presented: readonly Uint8Array[];
  /** DER of the client's own. */
  readonly certificate: Uint8Array | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The edit that takes one reason away; one that changes who somebody is says what it weakens. */
export function editFor(reason: Reason, situation: Situation): Edit | undefined {
  const { document, decision, request, presented, certificate } = situation;
  const leaf = decision.certificate?.parsed(() => certificate);
  return (
    chainEdit(reason, document, leaf, presented) ??
    identityEdit(reason, document, leaf) ??
    conditionEdit(reason, document, leaf, request.address) ??
    clientEdit(reason, situation)
  );
}

/** Only for a client that the certificate provably is. */
function clientEdit({ code }: Reason, { document, decision, request, now }: Situation): Edit | undefined {
  const client = document.clients.find(({ name }) => name === decision.client?.name);
  if (client === undefined) return undefined;
  const today = isoDay(now);
  switch (code) {
    case 'client_not_yet_valid':
      return ofClient(client, `set validFrom to ${today}`, { key: 'validFrom', set: today }, { validFrom: today });
    case 'client_no_longer_valid':
      return ofClient(
        client,
        `set validUntil to ${today} or later`,
        { key: 'validUntil', set: today },
        { validUntil: today },
      );
    case 'address_not_allowed': {
      if (request.address === undefined) return undefined;
      const range = rangeOf(request.address);
      const change = { key: 'addresses', append: yamlRange(range) };
      return ofClient(client, `add ${range} to addresses`, change, { addresses: [...(client.addresses ?? []), range] });
    }
    case 'method_not_allowed':
    case 'path_not_allowed': {
      if (!isLiteral(request)) return undefined;
      const pattern = `${request.method} ${request.path}`;
      const change = { key: 'allow', append: `"${pattern}"` };
      return ofClient(client, `add "${pattern}" to allow`, change, {
        allow: [...client.allow, { pattern, at: client.at }],
      });
    }
    case 'route_missing':
      return routeFor(document, request);
    default:
      return undefined;
  }
}

/**
 * Only when there is one connection that it can go to: which backend serves a path is not ours to guess. What is asked for
 * on the same path with other methods is asked here, too; what is asked for elsewhere is said.
 */
function routeFor({ routes }: RegistryDocument, request: Situation['request']): Edit | undefined {
  const [last] = routes.slice(-1);
  if (last === undefined || routes.some(({ connection }) => connection !== last.connection)) return undefined;
  if (!isLiteral(request)) return undefined;
  const { connection, at } = last;
  const match = `${request.method} ${request.path}`;
  const to = targetLike(routes, request.path);
  const around = routes.filter((route) => takesPath(route.match, request.path) && (route.require ?? []).length > 0);
  const require = distinct(around.flatMap((route) => route.require ?? []));
  const elsewhere = routes.filter((route) => (route.require ?? []).length > 0 && !around.includes(route));
  const asked = require.map(requirementYaml);
  const route = {
    match,
    connection,
    ...(to === undefined ? {} : { to }),
    ...(require.length === 0 ? {} : { require }),
    admits: [],
    at,
  };
  const members = [
    `match: "${match}"`,
    `connection: ${connection}`,
    ...(to === undefined ? [] : [`to: "${to}"`]),
    ...(asked.length === 0 ? [] : [`require: [${asked.join(', ')}]`]),
  ];
  return {
    text: `add a route "${match}" to connection ${connection}`,
    at,
    weakens: [
      `${match} reaches ${connection}, which nothing does today`,
      asked.length === 0 ? 'it asks for nothing' : `it asks for ${asked.join(' and ')}, as ${around[0]?.match} does`,
      ...elsewhere.slice(0, 3).map((other) => {
        const own = (other.require ?? []).map(requirementYaml).join(' and ');
        return `${other.match} asks for ${own}, and this does not`;
      }),
      ...(elsewhere.length > 3 ? [`so do ${elsewhere.length - 3} more`] : []),
    ].join('; '),
    change: { key: 'routes', append: `{ ${members.join(', ')} }` },
    apply: (document) => ({ ...document, routes: [...document.routes, route] }),
  };
}

/** In whatever spelling: what guards `/orders` guards `/orders/`. */
function takesPath(match: string, path: string): boolean {
  const around = alikePattern(parsePattern(match));
  const asked = parseRequestPath(path);
  return alikeReadings(asked).some((reading) => matchesPath(around, { ...asked, ...reading }));
}

function distinct(require: readonly RequirementDocument[]): readonly RequirementDocument[] {
  return [...new Map(require.map((one) => [requirementYaml(one), one])).values()];
}

/** Where other methods of this path go, when a route says that it is elsewhere. */
function targetLike(routes: RegistryDocument['routes'], path: string): string | undefined {
  const asked = parseRequestPath(path);
  const [like] = routes
    .map(({ match, to }) => ({ pattern: parsePattern(match), to }))
    .filter(({ pattern }) => matchesPath(pattern, asked))
    .sort((a, b) => compareSpecificity(a.pattern, b.pattern));
  if (like?.to === undefined) return undefined;
  const { strip, to } = rewriteTarget(like, asked);
  return `${to}${path.slice(strip)}`;
}

/** Whether it means only itself as a pattern: a caller that asks for the path of two stars must not be offered everything. */
function isLiteral({ method, path }: Situation['request']): boolean {
  return /^[A-Z]+$/.test(method) && method !== 'ANY' && /^[A-Za-z0-9/._~-]+$/.test(path);
}

function ofClient(
  client: ClientDocument,
  what: string,
  change: Edit['change'],
  changed: Partial<ClientDocument>,
): Edit {
  return {
    text: `client ${client.name}: ${what}`,
    at: client.at,
    change,
    apply: (document) => ({
      ...document,
      clients: document.clients.map((one) => (one.name === client.name ? { ...one, ...changed } : one)),
    }),
  };
}
