/** What `inspect` says about a file: data first, words for people are made from it. */
export interface Finding {
  /** error = it will not work as it is · warning = it works here and there, or not for long · note = good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Stable, snake_case. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const readerNames = ['OpenSSL 3', 'Node', 'Java 8', 'Java 17', 'Windows', 'API Gateway truststore'] as const;
export type ReaderName = (typeof readerNames)[number];

/** Whether somebody's software takes the file as it stands. */
export interface Reader {
  readonly who: ReaderName;
  readonly takes: boolean;
  /** The condition under which it does, or why it does not. */
  readonly how?: string;
}

type ItemKind =
  | 'certificate'
  | 'revocation-list'
  | 'request'
  | 'private-key'
  | 'public-key'
  | 'pkcs7'
  | 'pkcs12'
  | 'unknown';

/** One thing in the file. Facts are in the order in which people read them; all text from outside is ASCII or escaped. */
export interface Item {
  readonly kind: ItemKind;
  /** Line of the text where it begins, from 1. */
  readonly line?: number;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly findings: readonly Finding[];
  /** DER of certificates and requests, for what comes after the report. */
  readonly der?: Uint8Array;
  /** Private keys in it, which nobody should have sent. */
  readonly keys?: readonly HeldKey[];
}

/** A private key that is in a file; the key itself stays there. */
export interface HeldKey {
  /** Whoever has the file has the key, or needs a password besides. */
  readonly protection: 'open' | 'password';
  /** DER of the certificate in the same file that is this key's. */
  readonly certificate?: Uint8Array;
}

export interface Report {
  /** One line: what the file is. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  readonly items: readonly Item[];
  readonly readers: readonly Reader[];
  /** A text with nothing in it for us: a name or digits, perhaps. */
  readonly plainText?: true;
}

/** Whether somebody has to do something before this can be used. */
export function hasErrors(report: Report): boolean {
  return [...report.findings, ...report.items.flatMap(({ findings }) => findings)].some(
    ({ severity }) => severity === 'error',
  );
}
