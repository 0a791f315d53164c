import type { ShownToken } from '../core/decide/caller/token.ts';
import { type DecideInput, type Decision, decide } from '../core/decide/decide.ts';
import type { IdentityCache } from '../core/decide/identities.ts';
import type { ReasonCode } from '../core/decide/reasons.ts';
import { drawReferences } from '../core/decide/reference.ts';
import { undisclosed } from '../core/decide/refusal-body.ts';
import type { Registry } from '../core/registry/registry.ts';
import { after } from './after.ts';
import { decisionLineOf, timeOf } from './decision-line.ts';
import { logLineOf } from './decision-log.ts';
import type { Live } from './live.ts';
import type { Presented } from './presented.ts';

/** Who asks for what, on any host. Nothing of it is believed before it is decided. */
export interface Question {
  readonly method: string;
  /** As in the request line, without the query. */
  readonly path: string;
  /** As the host saw it, never a header. */
  readonly address: string;
  /** The leaf. */
  readonly certificate?: Presented;
  /** What came in X-Sallyport-Key, if it came once. */
  readonly key?: string;
  /** What stands behind `Bearer` in Authorization, if that came once. */
  readonly bearer?: string;
  /** What the request came in through, as the log names it: a stage of API Gateway. */
  readonly door: string;
}

type Allowed = Extract<Decision, { readonly outcome: 'allow' }>;
type Denied = Extract<Decision, { readonly outcome: 'deny' }>;

export type Verdict = {
  readonly reference: string;
  /** That decided. */
  readonly registry: Registry;
  /** For which moment, epoch milliseconds. */
  readonly at: number;
} & (
  | { readonly outcome: 'allow'; readonly decision: Allowed }
  | { readonly outcome: 'deny'; readonly decision: Denied; readonly told: ReasonCode | typeof undisclosed }
);

export interface AuthorityMeans {
  live(): Live | Promise<Live>;
  /** What a token is worth; asked only when a condition of the client is about one. Absent: no token counts. */
  readToken?(text: string, registry: Registry, now: number): Promise<ShownToken>;
  readonly identities: IdentityCache;
  /** Epoch milliseconds. */
  now(): number;
  random(bytes: number): Uint8Array;
  log(line: string): void;
  /** Where the leaf, method and path of a refusal go; absent = not kept. */
  logRefusal?(line: string): void;
}

/**
 * One question, decided once: what is live, a token only if it is asked for, a reference, and a line in the log. It
 * answers at once when nothing has to be waited for, and throws when it cannot decide, which the host writes down.
 */
export function createAuthority(means: AuthorityMeans): (question: Question) => Verdict | Promise<Verdict> {
  const nextReference = drawReferences(means.random);
  return (question) => {
    const at = means.now();
    return after(means.live(), (live) =>
      after(decided(means, question, live, at), (decision) => {
        const reference = nextReference();
        writeLog(means, question, decision, reference, live.registry, at);
        const head = { reference, registry: live.registry, at };
        return decision.outcome === 'allow'
          ? { ...head, outcome: 'allow', decision }
          : { ...head, outcome: 'deny', decision, told: decision.disclosed ?? undisclosed };
      }),
    );
  };
}

function decided(means: AuthorityMeans, question: Question, live: Live, now: number): Decision | Promise<Decision> {
  const { registry } = live;
  const first = decide(new Asked(question, live, now, means.identities));
  // checking a token takes longer than all the rest: only for a client that is asked for one
  const bearer = wantsToken(first, registry) ? question.bearer : undefined;
  const token = bearer === undefined ? undefined : means.readToken?.(bearer, registry, now);
  if (token === undefined) return first;
  return token.then((shown) => decide(new Asked(question, live, now, means.identities, shown)));
}

/** A class for its getter: whoever is known by the hash needs no octets, and decoding them costs as much as the MAC. */
class Asked implements DecideInput {
  readonly request: Question;
  readonly certificateSha256: string | undefined;
  readonly registry: Registry;
  readonly overlay: Live['overlay'];
  readonly revocations: Live['revocations'];
  readonly now: number;
  readonly identities: IdentityCache;
  readonly token: ShownToken | undefined;

  constructor(question: Question, live: Live, now: number, identities: IdentityCache, token?: ShownToken) {
    this.request = question;
    this.certificateSha256 = question.certificate?.sha256;
    this.registry = live.registry;
    this.overlay = live.overlay;
    this.revocations = live.revocations;
    this.now = now;
    this.identities = identities;
    this.token = token;
  }

  get certificate(): Uint8Array | undefined {
    return this.request.certificate?.der;
  }
}

function wantsToken(decision: Decision, { tokenIssuers }: Registry): boolean {
  if (tokenIssuers.size === 0 || decision.outcome === 'allow') return false;
  return decision.reasons.some(({ code }) => code === 'token_missing' || code === 'condition_unmet');
}

function writeLog(
  means: AuthorityMeans,
  { method, path, address, certificate, door }: Question,
  decision: Decision,
  reference: string,
  registry: Registry,
  startedAt: number,
): void {
  const line = decisionLineOf(decision, {
    reference,
    front: registry.front.id,
    stage: door,
    release: registry.id,
    method,
    address,
    startedAt,
    endedAt: means.now(),
    octets: () => certificate?.der,
  });
  means.log(line);
  if (decision.outcome === 'allow' || means.logRefusal === undefined) return;
  const time = timeOf(startedAt);
  means.logRefusal(
    logLineOf({ format: 1, type: 'refusal', time, reference, method, path, address, certificate: certificate?.pem }),
  );
}
