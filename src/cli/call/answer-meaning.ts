import { callerMessageOf } from '../../core/decide/reason-texts.ts';
import { referenceHeader } from '../../core/decide/refusal-body.ts';
import type { Exchange } from '../../local/tls-request.ts';
import { type ExitCode, exitCodes } from '../terminal/failure.ts';

export interface Meaning {
  readonly text: string;
  /** What to do about it, most useful first. */
  readonly next: readonly string[];
  readonly exitCode: ExitCode;
  readonly reference?: string;
  readonly reason?: string;
}

/** What an answer of a front, or the lack of one, means for whoever called. */
export function meaningOf(exchange: Exchange): Meaning {
  const { answer, failure } = exchange;
  if (answer === undefined) return meaningOfFailure(failure);
  const { reference, reason } = refusalOf(answer);
  const shared = { ...(reference === undefined ? {} : { reference }), ...(reason === undefined ? {} : { reason }) };
  return { ...shared, ...meaningOfStatus(answer.status, reference, reason) };
}

type Told = Pick<Meaning, 'text' | 'next' | 'exitCode'>;

function meaningOfFailure(failure: Exchange['failure']): Told {
  const code = failure?.code ?? '';
  if (failure?.step === 'request' && /^(CLOSED|ECONNRESET|EPIPE|ERR_SSL_)/.test(code)) {
    return {
      text: 'the front ended the connection instead of answering: that is how it treats a caller without a certificate',
      next: ['send a certificate: --cert FILE --key FILE, or --as CLIENT'],
      exitCode: exitCodes.no,
    };
  }
  const next: Record<string, string> = {
    ENOTFOUND: 'check the name in --url, or give the address: --connect-to HOST:PORT',
    ECONNREFUSED: 'nothing listens there: start `sallyport dev`, or check --url and --connect-to',
    TIMEOUT: 'a firewall on the way, or a front that is not up',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server is signed by a CA that is not public: --cacert FILE',
    SELF_SIGNED_CERT_IN_CHAIN: 'the server is signed by a CA that is not public: --cacert FILE',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'the server shows a self-signed certificate: --cacert FILE, if it is the right server',
    ERR_TLS_CERT_ALTNAME_INVALID: 'another server answered than the one in --url: check --connect-to',
    CERT_HAS_EXPIRED: "the server's own certificate has expired",
  };
  return {
    text: `no answer: it ended at the step "${failure?.step ?? 'request'}", before the front could decide`,
    next: [next[code] ?? 'sallyport call --help'],
    exitCode: exitCodes.undecided,
  };
}

function meaningOfStatus(status: number, reference: string | undefined, reason: string | undefined): Told {
  if (status === 403 && reference !== undefined) {
    const told = reason === undefined ? undefined : callerMessageOf(reason);
    return {
      text:
        told === undefined ? 'the front decided no and does not tell the caller why' : `the front decided no: ${told}`,
      next: [
        'the operator finds every reason by this reference: in the lines of `sallyport dev`, in the log of a deployed front',
        'with the certificate at hand: sallyport why CERT --request "METHOD /path"',
      ],
      exitCode: exitCodes.no,
    };
  }
  if (status === 403) {
    return {
      text: 'refused before any decision: at the edge (untrusted, expired or weak certificate), or by the backend itself',
      next: ['see which check of the edge fails: sallyport why CERT --request "METHOD /path"'],
      exitCode: exitCodes.no,
    };
  }
  if (status < 400)
    return { text: "the front let it through; this is the backend's answer", next: [], exitCode: exitCodes.done };
  const known: Record<number, Told> = {
    401: {
      text: 'the backend wants another credential than the connection brings',
      next: ["check the connection's credential"],
      exitCode: exitCodes.no,
    },
    413: {
      text: 'too large: 10 MB at the edge, about 4.5 MB of binary for the function behind it',
      next: [],
      exitCode: exitCodes.no,
    },
    429: {
      text: 'too many requests for this client or this front',
      next: ['wait and try again'],
      exitCode: exitCodes.no,
    },
    500: {
      text: 'the front could not decide, so it stayed closed',
      next: ["look at the front's log"],
      exitCode: exitCodes.undecided,
    },
    502: {
      text: 'allowed, but the backend could not be reached or gave no proper answer',
      next: ["look at the front's log; then the connection and the backend"],
      exitCode: exitCodes.undecided,
    },
    504: {
      text: 'allowed, but the backend took too long',
      next: ['look at the backend'],
      exitCode: exitCodes.undecided,
    },
  };
  const otherwise: Told = {
    text: `an answer of the backend or of API Gateway (${status})`,
    next: [],
    exitCode: status < 500 ? exitCodes.no : exitCodes.undecided,
  };
  return known[status] ?? otherwise;
}

/** Reference and reason of a refusal, from our header and our one refusal body. */
function refusalOf(answer: NonNullable<Exchange['answer']>): { reference?: string; reason?: string } {
  const header = answer.headers[referenceHeader.toLowerCase()];
  let body: { reference?: unknown; reason?: unknown } = {};
  try {
    const parsed: unknown = answer.status >= 400 ? JSON.parse(answer.body.toString('utf8')) : undefined;
    if (typeof parsed === 'object' && parsed !== null) body = parsed;
  } catch {
    // a backend's own body
  }
  const reference = header ?? (typeof body.reference === 'string' ? body.reference : undefined);
  return {
    ...(reference === undefined ? {} : { reference }),
    ...(reference !== undefined && typeof body.reason === 'string' ? { reason: body.reason } : {}),
  };
}
