import type { Place } from '../../problem.ts';
import { type AddressRange, sharedRanges } from '../../request/address.ts';
import type { Report } from '../pem-source.ts';
import type { ClientSource, ConditionSource, RegistrySource } from '../source.ts';

/** What one entry of `require` (or `addresses`) leaves, when all of its conditions are of one kind. */
interface Demand<T> {
  readonly place: Place;
  readonly text: string;
  readonly values: readonly T[];
}

/**
 * What is asked of a client together can hold together: some address is in all ranges, one key and one token can be sent
 * with a request, each once. Groups are where this goes wrong: each by itself is right.
 */
export function proveConditions(
  { name, addresses, require = [] }: ClientSource,
  tokenIssuers: RegistrySource['tokenIssuers'],
  report: Report,
): void {
  const own: Demand<AddressRange>[] = addresses === undefined ? [] : [addressDemand(addresses)];
  const ranges = [...own, ...require.flatMap(({ any }) => addressesOf(any))];
  let left = ranges[0];
  for (const next of ranges.slice(1)) {
    if (left === undefined) return;
    const values = sharedRanges(left.values, next.values);
    if (values.length === 0) {
      exclusive(name, left, next, 'no address is in both', report);
      return;
    }
    left = { ...next, values, text: values.map(({ text }) => text).join(', ') };
  }
  const issuerOf = (token: string) => tokenIssuers?.get(token)?.issuer ?? token;
  proveOne(
    name,
    require.flatMap((one) => keysOf(one)),
    'a request brings one key',
    report,
  );
  proveOne(
    name,
    require.flatMap((one) => tokensOf(one, issuerOf)),
    'a request brings one token',
    report,
  );
}

function proveOne(client: string, demands: readonly Demand<string>[], why: string, report: Report): void {
  const [first, ...others] = demands;
  const apart = others.find(({ values }) => !values.some((value) => first?.values.includes(value)));
  if (first !== undefined && apart !== undefined) exclusive(client, first, apart, why, report);
}

function exclusive(
  client: string,
  first: Pick<Demand<unknown>, 'place' | 'text'>,
  second: Pick<Demand<unknown>, 'place' | 'text'>,
  why: string,
  report: Report,
): void {
  const { file, line } = first.place;
  report({
    code: 'conditions_exclusive',
    message: `client ${client} could never call: ${why}`,
    place: second.place,
    found: `${second.text}, and ${first.text} (${file}${line === undefined ? '' : `:${line}`})`,
    allowed: 'conditions that can hold together: all of a client, and of its groups, must',
    remedy: 'if one of the two is enough, write both under one `any`; else take one out, or leave the group',
  });
}

function addressDemand(ranges: NonNullable<ClientSource['addresses']>): Demand<AddressRange> {
  const values = ranges.map(({ value }) => value);
  return { place: ranges[0]?.place ?? {}, text: values.map(({ text }) => text).join(', '), values };
}

function addressesOf(any: readonly ConditionSource[]): readonly Demand<AddressRange>[] {
  const each = any.flatMap((one) => ('addresses' in one ? [one.addresses] : []));
  return each.length === any.length && each.length > 0 ? [addressDemand(each.flat())] : [];
}

function keysOf({ any, place }: { any: readonly ConditionSource[]; place: Place }): readonly Demand<string>[] {
  const values = any.flatMap((one) => ('keySha256' in one ? [one.keySha256.value] : []));
  if (values.length !== any.length) return [];
  return [{ place, text: `the key ${values.map((value) => value.slice(0, 16)).join(' or ')}`, values }];
}

function tokensOf(
  { any, place }: { any: readonly ConditionSource[]; place: Place },
  issuerOf: (token: string) => string,
): readonly Demand<string>[] {
  const names = any.flatMap((one) => ('token' in one ? [one.token.issuer.value] : []));
  if (names.length !== any.length) return [];
  return [{ place, text: `a token of ${names.join(' or ')}`, values: names.map(issuerOf) }];
}
