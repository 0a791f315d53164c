import { decisionRecordOf, failureLineOf, logLineOf } from '../../src/authorize/decision-log.ts';
import { PresentedCertificates } from '../../src/authorize/presented.ts';
import { bind, bindingSeconds } from '../../src/core/binding.ts';
import type { ShownToken } from '../../src/core/decide/caller/token.ts';
import { type Decision, decide } from '../../src/core/decide/decide.ts';
import type { IdentityCache } from '../../src/core/decide/identities.ts';
import type { Overlay } from '../../src/core/decide/overlay.ts';
import { drawReferences } from '../../src/core/decide/reference.ts';
import { undisclosed } from '../../src/core/decide/refusal-body.ts';
import { noticeOf } from '../../src/core/expiry-notice.ts';
import type { Registry } from '../../src/core/registry/registry.ts';
import type { RevocationIndex } from '../../src/core/revocation/index.ts';
import { type AuthorizerEvent, readEvent } from './events.ts';
import { allowableMethod, allowPolicy, denyPolicy, type PolicyDocument } from './policy.ts';

export interface AuthorizerResult {
  /** The client's name, `-` when refused. */
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  /** Allow: the binding. Deny: `reference` and `reason`. */
  readonly context: Readonly<Record<string, string>>;
}

export interface AuthorizerMeans {
  registry(): Registry | Promise<Registry>;
  overlay(): Overlay | Promise<Overlay>;
  /** What revocation lists say; absent: none has been read. */
  revocations?(): RevocationIndex | undefined | Promise<RevocationIndex | undefined>;
  /** What a token is worth; asked only when a condition of the client is about one. Absent: no token counts. */
  readToken?(text: string, registry: Registry, now: number): Promise<ShownToken>;
  /** The key that signs bindings. */
  macKey(): Uint8Array | Promise<Uint8Array>;
  /** The stage that requests come through; anything else is a second door. */
  readonly stage: string;
  readonly bindsExtendedRequestId: boolean;
  readonly identities: IdentityCache;
  /** Epoch milliseconds. */
  now(): number;
  random(bytes: number): Uint8Array;
  log(line: string): void;
  /** Where the leaf, method and path of a refusal go; absent = not kept. */
  logRefusal?(line: string): void;
}

/**
 * The authorizer. It answers when it has decided, and throws, which API Gateway turns into 500, when it could not:
 * unreadable event, no registry, a defect. The thrown message names nothing; the log line does.
 */
export function createAuthorizer(means: AuthorizerMeans): (event: unknown) => Promise<AuthorizerResult> {
  const nextReference = drawReferences(means.random);
  const certificates = new PresentedCertificates();
  return async (event) => {
    const startedAt = means.now();
    try {
      return await authorize(means, event, startedAt, nextReference, certificates);
    } catch (error) {
      means.log(failureLineOf(error, startedAt));
      throw new Error('cannot decide');
    }
  };
}

async function authorize(
  means: AuthorizerMeans,
  event: unknown,
  startedAt: number,
  nextReference: () => string,
  certificates: PresentedCertificates,
): Promise<AuthorizerResult> {
  const asked = readEvent(event);
  if (asked.api.stage !== means.stage) {
    throw new Error(`The event came through stage ${asked.api.stage}; this function decides for ${means.stage}.`);
  }
  const [registry, overlay, revocations, key] = await Promise.all([
    means.registry(),
    means.overlay(),
    means.revocations?.(),
    means.macKey(),
  ]);
  const method = allowableMethod(asked.method);
  const presented = asked.certificatePem === undefined ? undefined : certificates.of(asked.certificatePem);
  const { identities } = means;
  const { der: certificate, sha256: certificateSha256 } = presented ?? {};
  const input = {
    certificate,
    certificateSha256,
    request: asked,
    registry,
    overlay,
    revocations,
    now: startedAt,
    identities,
  };
  const first = decide(input);
  // checking a token takes longer than all the rest: only for a client that is asked for one
  const bearer = wantsToken(first, registry) ? asked.bearer : undefined;
  const token = bearer === undefined ? undefined : await means.readToken?.(bearer, registry, startedAt);
  const decided = token === undefined ? first : decide({ ...input, token });
  const decision = decided.outcome === 'allow' && method === undefined ? methodRefused(decided) : decided;
  const reference = nextReference();

  const result =
    decision.outcome === 'allow' && method !== undefined
      ? {
          principalId: decision.client.name,
          policyDocument: allowPolicy(asked.api, method),
          context: bindingOf(means, asked, decision, reference, startedAt, key),
        }
      : {
          principalId: '-',
          policyDocument: denyPolicy,
          context: { reference, reason: (decision.outcome === 'deny' ? decision.disclosed : undefined) ?? undisclosed },
        };
  writeLog(means, asked, decision, reference, startedAt, registry);
  return result;
}

function wantsToken(decision: Decision, { tokenIssuers }: Registry): boolean {
  if (tokenIssuers.size === 0 || decision.outcome === 'allow') return false;
  return decision.reasons.some(({ code }) => code === 'token_missing' || code === 'condition_unmet');
}

function bindingOf(
  means: AuthorizerMeans,
  asked: AuthorizerEvent,
  decision: Extract<Decision, { outcome: 'allow' }>,
  reference: string,
  startedAt: number,
  key: Uint8Array,
): Record<string, string> {
  return bind(
    {
      reference,
      client: decision.client.name,
      rule: decision.rule.id,
      connection: decision.route.connection,
      method: asked.method,
      path: asked.path,
      stage: asked.api.stage,
      certificateSha256: decision.certificate.sha256,
      strip: decision.strip,
      to: decision.to,
      expiresAt: Math.floor(startedAt / 1000) + bindingSeconds,
      notice: noticeOf(decision.certificate.notAfter, decision.authorityNotAfter, startedAt),
      extendedRequestId: means.bindsExtendedRequestId ? asked.extendedRequestId : undefined,
    },
    key,
  );
}

function methodRefused(decision: Extract<Decision, { outcome: 'allow' }>): Decision {
  const { client, authority, certificate } = decision;
  const reasons = [{ code: 'method_not_allowed', client: client.name } as const];
  return { outcome: 'deny', reasons, client, authority, certificate };
}

function writeLog(
  means: AuthorizerMeans,
  asked: AuthorizerEvent,
  decision: Decision,
  reference: string,
  startedAt: number,
  registry: Registry,
): void {
  const record = decisionRecordOf(decision, {
    reference,
    front: registry.front.id,
    stage: asked.api.stage,
    release: registry.id,
    method: asked.method,
    address: asked.address,
    startedAt,
    endedAt: means.now(),
  });
  means.log(logLineOf(record));
  if (decision.outcome === 'allow' || means.logRefusal === undefined) return;
  means.logRefusal(
    logLineOf({
      format: 1,
      type: 'refusal',
      time: record.time,
      reference,
      method: asked.method,
      path: asked.path,
      address: asked.address,
      certificate: asked.certificatePem,
    }),
  );
}
