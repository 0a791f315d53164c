import { canonicalJson } from '../canonical-json.ts';
import { isoDay } from '../day.ts';
import type { Reason } from '../decide/reasons.ts';
import { readRequest, requestReasons, ruleFor } from '../decide/request.ts';
import type { ClientDocument, RegistryDocument } from '../registry/document.ts';
import type { Client, Registry } from '../registry/registry.ts';
import { unmetBy } from './implied.ts';
import { shownPath, Witnesses } from './requests.ts';

/** Some of what a client may do that it may not do as the other, and why. */
export interface Refused {
  /** For people: `GET /orders/*`; empty for everything that it may do. */
  readonly requests: readonly string[];
  readonly reasons: readonly Reason[];
  /** The first day (UTC) of it; absent: at once. */
  readonly from?: string;
}

export interface Side {
  readonly document: RegistryDocument;
  readonly registry: Registry;
}

/** Compares what clients may do under two registries, from one to the other. */
export class Access {
  readonly #own: Side;
  readonly #other: Side;
  readonly #now: number;
  readonly #witnesses: Witnesses;
  readonly #sameRoutes: boolean;
  readonly #texts = new Map<Side, ReadonlyMap<string, string>>();
  readonly #known = new Map<string, readonly Refused[]>();
  readonly #any = new Map<string, boolean>();

  constructor(own: Side, other: Side, now: number) {
    this.#own = own;
    this.#other = other;
    this.#now = now;
    this.#witnesses = new Witnesses([own.registry, other.registry]);
    this.#sameRoutes = routesText(own.document) === routesText(other.document);
    for (const side of [own, other])
      this.#texts.set(side, new Map(side.document.clients.map((client) => [client.name, accessText(client)])));
  }

  /** Whether the client may do anything at all, now or on a day to come. */
  mayAnything(own: Client): boolean {
    const key = this.#textOf(this.#own, own.name);
    const known = this.#any.get(key);
    if (known !== undefined) return known;
    const { registry } = this.#own;
    let found = false;
    if (own.validUntil === undefined || own.validUntil >= this.#now) {
      for (const request of this.#witnesses.of(own, undefined)) {
        found = isServed(request, own, registry);
        if (found) break;
      }
    }
    this.#any.set(key, found);
    return found;
  }

  /** What `own` may do that it may not do as `other`; with `client` in the reasons. */
  lostAs(own: Client, other: Client): readonly Refused[] {
    const [before, after] = [this.#textOf(this.#own, own.name), this.#textOf(this.#other, other.name)];
    if (this.#sameRoutes && before === after) return [];
    const key = `${before}\n${after}`;
    const known = this.#known.get(key) ?? this.#compare(own, other);
    this.#known.set(key, known);
    return known.map((refused) => ({
      ...refused,
      reasons: refused.reasons.map((reason) => ({ ...reason, client: other.name })),
    }));
  }

  #compare(own: Client, other: Client): readonly Refused[] {
    if (!this.mayAnything(own)) return [];
    const dates = dateLoss(own, other, this.#now);
    if (dates !== undefined && dates.from === undefined) return [dates];
    const groups = new Map<string, { reasons: readonly Reason[]; byPath: Map<string, string[]> }>();
    let allowed = 0;
    for (const request of this.#witnesses.of(own, other)) {
      if (!isServed(request, own, this.#own.registry)) continue;
      allowed += 1;
      const reasons = this.#reasonsAgainst(request, own, other);
      if (reasons.length === 0) continue;
      // what was found is the witness: it says nothing to anybody
      const group = canonicalJson(reasons);
      const known = groups.get(group) ?? { reasons, byPath: new Map<string, string[]>() };
      groups.set(group, known);
      const path = shownPath(request.path);
      known.byPath.set(path, [...(known.byPath.get(path) ?? []), request.method]);
    }
    const refused = [...groups.values()].map(({ reasons, byPath }): Refused => {
      const count = [...byPath.values()].reduce((sum, methods) => sum + methods.length, 0);
      return {
        reasons,
        requests: count === allowed ? [] : [...byPath].map(([path, methods]) => `${methods.join(',')} ${path}`),
      };
    });
    return dates === undefined ? refused : [...refused, dates];
  }

  #reasonsAgainst(request: { method: string; path: string }, own: Client, other: Client): readonly Reason[] {
    const before = readRequest(request, this.#own.registry);
    const after = readRequest(request, this.#other.registry);
    const rule = ruleFor(other, after);
    const lacking = (before.route?.admits ?? []).filter((each) => after.route?.admits.includes(each) === false);
    const unmet = unmetBy(
      { registry: this.#own.registry, client: own, ofRoutes: before.require },
      { registry: this.#other.registry, client: other, ofRoutes: after.require },
    );
    return [
      ...unmet,
      ...requestReasons(after, other, rule).map(({ code, expected }) => ({ code, expected })),
      ...lacking.map((each) => ({ code: 'path_malformed' as const, expected: `a path without ${each}` })),
    ];
  }

  #textOf(side: Side, client: string): string {
    return this.#texts.get(side)?.get(client) ?? '';
  }
}

function isServed(request: { method: string; path: string }, client: Client, registry: Registry): boolean {
  const asked = readRequest(request, registry);
  return asked.route !== undefined && asked.path !== undefined && ruleFor(client, asked) !== undefined;
}

/** The first moment from now on at which `own` is in its dates, and `other` is not. */
function dateLoss(own: Client, other: Client, now: number): Refused | undefined {
  const edges = [own.validFrom, other.validFrom, after(own.validUntil), after(other.validUntil)];
  const moments = [now, ...edges.filter((at) => at !== undefined && at > now)].sort((a = 0, b = 0) => a - b);
  const lost = moments.find((at = now) => dateCode(own, at) === undefined && dateCode(other, at) !== undefined);
  const code = lost === undefined ? undefined : dateCode(other, lost);
  if (lost === undefined || code === undefined) return undefined;
  const expected =
    code === 'client_not_yet_valid'
      ? `from ${isoDay(other.validFrom ?? lost)} on`
      : `until ${isoDay(other.validUntil ?? lost)}`;
  return { requests: [], reasons: [{ code, expected }], ...(lost === now ? {} : { from: isoDay(lost) }) };
}

const after = (at: number | undefined): number | undefined => (at === undefined ? undefined : at + 1);

function dateCode({ validFrom, validUntil }: Client, at: number) {
  if (validFrom !== undefined && at < validFrom) return 'client_not_yet_valid';
  return validUntil !== undefined && at > validUntil ? 'client_no_longer_valid' : undefined;
}

/** Equal texts: equal access, but for the identities. */
function accessText({ allow, addresses, validFrom, validUntil, require }: ClientDocument): string {
  const patterns = allow.map(({ pattern }) => pattern);
  return canonicalJson([
    patterns,
    addresses ?? null,
    validFrom ?? null,
    validUntil ?? null,
    require?.map(({ any }) => any) ?? [],
  ]);
}

function routesText({ routes, tokenIssuers = [] }: RegistryDocument): string {
  return canonicalJson([routes, tokenIssuers], (key, member) => (key === 'at' ? undefined : member));
}
