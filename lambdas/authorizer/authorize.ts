import { after } from '../../src/authorize/after.ts';
import { type AuthorityMeans, createAuthority, type Question, type Verdict } from '../../src/authorize/ask.ts';
import { failureLineOf } from '../../src/authorize/decision-log.ts';
import { type Presented, PresentedCertificates } from '../../src/authorize/presented.ts';
import { bind, bindingSeconds, minimumKeyBytes } from '../../src/core/binding.ts';
import { noticeOf } from '../../src/core/expiry-notice.ts';
import { refuse } from '../../src/core/problem.ts';
import { type AuthorizerEvent, readEvent } from './events.ts';
import { allowPolicy, denyPolicy, type PolicyDocument } from './policy.ts';

export interface AuthorizerResult {
  /** The client's name, `-` when refused. */
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  /** Allow: the binding. Deny: `reference` and `reason`. */
  readonly context: Readonly<Record<string, string>>;
}

export interface AuthorizerMeans extends AuthorityMeans {
  /** The key that signs bindings. */
  macKey(): Uint8Array | Promise<Uint8Array>;
  /** The stage that requests come through; anything else is a second door. */
  readonly stage: string;
  /** The domain name that requests come through, in lower case; `any`: nobody has said which. */
  readonly domain: string;
  readonly bindsExtendedRequestId: boolean;
}

/**
 * The authorizer: an authority behind API Gateway's event and policy. It answers when it has decided, and throws, which
 * API Gateway turns into 500, when it could not: unreadable event, no registry, a defect. The thrown message names
 * nothing; the log line does.
 */
export function createAuthorizer(
  means: AuthorizerMeans,
): (event: unknown) => AuthorizerResult | Promise<AuthorizerResult> {
  const certificates = new PresentedCertificates();
  const authority = createAuthority({ ...means, live: () => liveWithKey(means) });

  function authorize(event: unknown): AuthorizerResult | Promise<AuthorizerResult> {
    const asked = readEvent(event);
    const { api, certificatePem: pem } = asked;
    if (api.stage !== means.stage) {
      throw new Error(`The event came through stage ${api.stage}; this function decides for ${means.stage}.`);
    }
    if (means.domain !== 'any' && api.domainName !== means.domain) {
      refuse({
        code: 'domain_unknown',
        message: 'The event came through another domain name',
        found: nameOf(api.domainName),
        allowed: means.domain,
        remedy: 'see SALLYPORT_DOMAIN in docs/settings.md',
      });
    }
    const verdict = authority(new EventQuestion(asked, pem === undefined ? undefined : certificates.of(pem)));
    return after(verdict, (given) => resultOf(means, asked, given));
  }

  function fail(error: unknown): never {
    means.log(failureLineOf(error, means.now()));
    throw new Error('cannot decide');
  }

  return (event) => {
    try {
      const result = authorize(event);
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (error) {
      return fail(error);
    }
  };
}

/** A name of DNS, or nothing of what stood there: the line is for a log. */
function nameOf(domainName: string): string {
  return /^[a-z0-9.-]{1,253}$/.test(domainName) ? domainName : 'no domain name';
}

class EventQuestion implements Question {
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly certificate: Presented | undefined;
  readonly door: string;
  readonly #asked: AuthorizerEvent;

  constructor(asked: AuthorizerEvent, certificate: Presented | undefined) {
    this.method = asked.method;
    this.path = asked.path;
    this.address = asked.address;
    this.certificate = certificate;
    this.door = asked.api.stage;
    this.#asked = asked;
  }

  get key(): string | undefined {
    return this.#asked.key;
  }

  get bearer(): string | undefined {
    return this.#asked.bearer;
  }
}

/** Read side by side. Nothing is decided, and written down as decided, before there is a key to bind it with. */
function liveWithKey(means: AuthorizerMeans): ReturnType<AuthorizerMeans['live']> {
  const live = means.live();
  const key = means.macKey();
  if (live instanceof Promise || key instanceof Promise) {
    return Promise.all([live, key]).then(([read, made]) => {
      checkKey(made);
      return read;
    });
  }
  checkKey(key);
  return live;
}

function checkKey(key: Uint8Array): void {
  if (key.length < minimumKeyBytes) throw new Error(`A binding key has at least ${minimumKeyBytes} bytes.`);
}

function resultOf(
  means: AuthorizerMeans,
  asked: AuthorizerEvent,
  verdict: Verdict,
): AuthorizerResult | Promise<AuthorizerResult> {
  const { reference } = verdict;
  if (verdict.outcome === 'deny') {
    return { principalId: '-', policyDocument: denyPolicy, context: { reference, reason: verdict.told } };
  }
  return after(means.macKey(), (key) => ({
    principalId: verdict.decision.client.name,
    policyDocument: allowPolicy(asked.api, asked.method),
    context: bindingOf(means, asked, verdict, key),
  }));
}

function bindingOf(
  means: AuthorizerMeans,
  asked: AuthorizerEvent,
  { reference, decision, at }: Extract<Verdict, { readonly outcome: 'allow' }>,
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
      expiresAt: Math.floor(at / 1000) + bindingSeconds,
      notice: noticeOf(decision.certificate.notAfter, decision.authorityNotAfter, at),
      extendedRequestId: means.bindsExtendedRequestId ? asked.extendedRequestId : undefined,
    },
    key,
  );
}
