import { psd2RoleOids } from '../decide/caller/conditions.ts';
import type { Reason } from '../decide/reasons.ts';
import type { Place } from '../problem.ts';
import { psd2Roles, type RegistryDocument, type RequirementDocument } from '../registry/document.ts';
import { parseAddress } from '../request/address.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Edit } from './edit.ts';

/**
 * What widens a further condition: one more address where it names addresses, one more role where the certificate has
 * another. A key or a token is the caller's to bring: no file mends that.
 */
export function conditionEdit(
  { code, at }: Reason,
  document: RegistryDocument,
  leaf: Certificate | undefined,
  address: string | undefined,
): Edit | undefined {
  if (code !== 'condition_unmet' || at?.line === undefined) return undefined;
  const isIt = (one: RequirementDocument) => samePlace(one.at, at);
  const requirement = [...document.clients, ...document.routes].flatMap(({ require }) => require ?? []).find(isIt);
  if (requirement === undefined) return undefined;
  const condition = { line: at.line, column: at.column ?? 1 };
  const shared = whomItConcerns(document, at);
  const edit = (
    what: string,
    change: Edit['change'],
    widen: (any: RequirementDocument['any']) => RequirementDocument['any'],
  ) => ({
    text: `${what} the condition`,
    at,
    weakens: shared === undefined ? undefined : `it is asked of ${shared}`,
    change,
    apply: (before: RegistryDocument) => widened(before, isIt, widen),
  });
  if (
    address !== undefined &&
    requirement.any.some((one) => 'addresses' in one) &&
    parseAddress(address) !== undefined
  ) {
    const range = rangeOf(address);
    return edit(`add ${range} to the addresses of`, { condition, address: yamlRange(range) }, (any) =>
      any.map((one, index) =>
        'addresses' in one && index === any.findIndex((each) => 'addresses' in each)
          ? { addresses: [...one.addresses, range] }
          : one,
      ),
    );
  }
  const own = leaf?.qcStatements?.psd2?.roles.map(({ oid }) => oid) ?? [];
  const role = psd2Roles.find((known) => own.includes(psd2RoleOids[known]));
  if (role === undefined || !requirement.any.some((one) => 'psd2Role' in one)) return undefined;
  return edit(`let ${role} do for`, { condition, or: `{ psd2Role: ${role} }` }, (any) => [...any, { psd2Role: role }]);
}

/** The range of this address alone. */
export function rangeOf(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

export function yamlRange(range: string): string {
  return range.includes(':') ? `"${range}"` : range;
}

/** A condition of a group, or of a route, is more than one client's. */
function whomItConcerns({ clients, routes }: RegistryDocument, at: Place): string | undefined {
  const has = ({ require }: { readonly require?: readonly RequirementDocument[] }) =>
    require?.some((one) => samePlace(one.at, at)) ?? false;
  const route = routes.find(has);
  if (route !== undefined) return `every client on the route ${route.match}`;
  const names = clients.filter(has).map(({ name }) => name);
  return names.length < 2
    ? undefined
    : `${names.length} clients: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}

function widened(
  document: RegistryDocument,
  isIt: (one: RequirementDocument) => boolean,
  widen: (any: RequirementDocument['any']) => RequirementDocument['any'],
): RegistryDocument {
  const of = <T extends { readonly require?: readonly RequirementDocument[] }>(owner: T): T =>
    owner.require?.some(isIt) === true
      ? { ...owner, require: owner.require.map((one) => (isIt(one) ? { ...one, any: widen(one.any) } : one)) }
      : owner;
  return { ...document, clients: document.clients.map(of), routes: document.routes.map(of) };
}

function samePlace(a: Place, b: Place): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}
