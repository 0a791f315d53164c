import { hash } from 'node:crypto';
import { type Decision, decide } from '../decide/decide.ts';
import { emptyOverlay } from '../decide/overlay.ts';
import type { Reason } from '../decide/reasons.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Registry } from '../registry/registry.ts';
import { withoutWithdrawn } from '../release/reduce.ts';
import { Access, type Side } from './access.ts';
import { whose } from './impact.ts';
import { type Person, peopleOf } from './person.ts';

/** A line of the decision log, as far as it can be decided again. */
export interface LoggedCall {
  readonly time: string;
  /** SHA-256 of the leaf; absent when no certificate came, or it was not read. */
  readonly sha256?: string;
  /** For people. */
  readonly subject?: string;
  /** SHA-256 of the issuer's name (DER). */
  readonly issuerSha256?: string;
  readonly client?: string;
  readonly outcome: 'allow' | 'deny';
  readonly request: { readonly method: string; readonly address: string; readonly path?: string };
  /** DER of the leaf, which only refusals keep. */
  readonly certificate?: Uint8Array;
}

export interface Caller {
  readonly who: string;
  /** ISO 8601, the last time that it called. */
  readonly last: string;
  readonly requests: number;
  /** Of whichever side refuses it. */
  readonly reasons: readonly Reason[];
}

export interface Replayed {
  readonly callers: number;
  readonly lost: readonly Caller[];
  readonly gained: readonly Caller[];
  /** Whose certificate or request the log does not tell well enough. */
  readonly unknown: readonly Caller[];
  /** Lines that should be records and are none. */
  readonly unreadable: number;
}

type Verdict =
  | { readonly kind: 'same' | 'unknown' }
  | { readonly kind: 'lost' | 'gained'; readonly reasons: readonly Reason[] };

/** Everybody who has called, decided under both registries. What the log does not tell is not known, never "the same". */
export function replay(
  calls: readonly LoggedCall[],
  before: RegistryDocument,
  after: RegistryDocument,
  now: number,
  unreadable: number,
): Replayed {
  const [old, young] = [before, after].map((each): Side => {
    const document = withoutWithdrawn(each);
    return { document, registry: loadRegistry(document) };
  });
  if (old === undefined || young === undefined) throw new Error('two sides');
  const judge = new Judge(old, young, now);
  const callers = Map.groupBy(calls, ({ sha256, client, request }) => sha256 ?? `${client ?? ''} ${request.address}`);
  const found = { lost: [] as Caller[], gained: [] as Caller[], unknown: [] as Caller[] };
  for (const own of callers.values()) {
    const verdict = together(own.map((call) => judge.verdictOf(call)));
    if (verdict.kind === 'same') continue;
    const [first] = own;
    const last =
      own
        .map(({ time }) => time)
        .sort()
        .at(-1) ?? '';
    const who = [
      first?.client,
      first?.subject ?? first?.sha256 ?? `without a certificate from ${first?.request.address}`,
    ];
    found[verdict.kind].push({
      who: who.filter((part) => part !== undefined).join(', '),
      last,
      requests: own.length,
      reasons: 'reasons' in verdict ? verdict.reasons : [],
    });
  }
  return { callers: callers.size, ...found, unreadable };
}

/** One request that is refused is a loss, whatever becomes of the others. */
function together(verdicts: readonly Verdict[]): Verdict {
  for (const kind of ['lost', 'unknown', 'gained'] as const) {
    const first = verdicts.find((verdict) => verdict.kind === kind);
    if (first !== undefined) return first;
  }
  return { kind: 'same' };
}

class Judge {
  readonly #old: Side;
  readonly #young: Side;
  readonly #now: number;
  readonly #access: Access;
  readonly #people: ReadonlyMap<string, readonly Person[]>;
  readonly #known = new Map<string, Verdict>();

  constructor(old: Side, young: Side, now: number) {
    this.#old = old;
    this.#young = young;
    this.#now = now;
    this.#access = new Access(old, young, now);
    const all = [...old.registry.authorities.values()].flatMap(({ issuers }) => issuers);
    this.#people = Map.groupBy(peopleOf(old.registry, all), ({ client }) => client);
  }

  verdictOf(call: LoggedCall): Verdict {
    const { certificate, request, sha256 = '', client = '', issuerSha256 = '', outcome } = call;
    if (certificate !== undefined && request.path !== undefined)
      return this.#decideBoth(call, certificate, request.path);
    // nobody without a certificate is let in, before or after
    if (call.sha256 === undefined && outcome === 'deny') return { kind: 'same' };
    if (outcome === 'deny') return { kind: 'unknown' };
    const key = `${sha256} ${client} ${issuerSha256}`;
    const known = this.#known.get(key) ?? this.#ofClient(call);
    this.#known.set(key, known);
    return known;
  }

  #decideBoth({ request }: LoggedCall, certificate: Uint8Array, path: string): Verdict {
    const ask = (registry: Registry): Decision =>
      decide({ certificate, request: { ...request, path }, registry, overlay: emptyOverlay, now: this.#now });
    const [before, after] = [ask(this.#old.registry), ask(this.#young.registry)];
    if (before.outcome === after.outcome) return { kind: 'same' };
    if (after.outcome === 'deny') return { kind: 'lost', reasons: after.reasons };
    return { kind: 'gained', reasons: before.outcome === 'deny' ? before.reasons : [] };
  }

  /** Whoever was let in as a client is one of its identities: where all that it can have been end alike, it is known. */
  #ofClient({ client, sha256, subject, issuerSha256 }: LoggedCall): Verdict {
    const candidates = (this.#people.get(client ?? '') ?? []).filter(({ identity, issuer }) => {
      if (identity.kind === 'certificate') return identity.sha256 === sha256;
      if (identity.kind === 'subject' && subject !== undefined && identity.subject !== subject) return false;
      return issuer !== undefined && hash('sha256', issuer.subject.der, 'hex') === issuerSha256;
    });
    const verdicts = candidates.map((person) => this.#ofPerson(person));
    const [first = { kind: 'unknown' } as const] = verdicts;
    return verdicts.every(({ kind }) => kind === first.kind) ? first : { kind: 'unknown' };
  }

  #ofPerson(person: Person): Verdict {
    const before = whose(person, this.#old.registry, this.#now);
    if ('reasons' in before) return { kind: 'unknown' };
    const after = whose(person, this.#young.registry, this.#now);
    if ('reasons' in after) return { kind: 'lost', reasons: after.reasons };
    const refused = this.#access.lostAs(before.client, after.client);
    const whole = refused.find(({ requests, from }) => requests.length === 0 && from === undefined);
    if (whole !== undefined) return { kind: 'lost', reasons: whole.reasons };
    // a yes keeps no path: which of its requests it was, nobody knows
    return refused.length === 0 ? { kind: 'same' } : { kind: 'unknown' };
  }
}
