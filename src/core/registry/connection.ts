/**
 * How a backend is reached, as data. Names only: a secret's value is fetched by whoever opens the connection and is
 * never part of a configuration, a release or a log.
 */
export interface ConnectionConfig {
  readonly name: string;
  readonly transport: Transport;
  /** Origin only: scheme, host and optional port. `http:` only when `allowPlaintext` says so. */
  readonly url: string;
  /** The name the backend's certificate must carry and that is sent as SNI, when it is not the URL's host. */
  readonly serverName?: string;
  /** PEM of the only CAs that may have signed the backend's certificate; without it the public roots of the runtime. */
  readonly authorities?: string;
  readonly allowPlaintext: boolean;
  readonly credential: Credential;
  /** Whole seconds, 1 to 27 (API Gateway gives up at 29). */
  readonly timeoutSeconds?: number;
  /** A socket of its own for every request, for a backend that answers twice. */
  readonly reuse?: 'never';
  /** Header fields of the caller that do not pass, beyond the table; a name, or the beginning of names and `*`. */
  readonly strip?: readonly string[];
  /** The only header fields of the caller that pass, written as in `strip`; what the table removes is removed all the same. */
  readonly pass?: readonly string[];
}

/** What a member of a kind holds: a user of HTTP Basic, the name of a secret (`secret:erp` in the file is `erp` here), of a header. */
export type MemberKind = 'user' | 'secret' | 'header';

/** One row of a table below: what it is for, and its members. One without members is written as its name alone. */
export interface Kind {
  readonly doc: string;
  readonly members: Readonly<Record<string, { readonly holds: MemberKind; readonly doc: string }>>;
}

export type Kinds = Readonly<Record<string, Kind>>;

/** A value of one of the kinds: `{ kind, …members }`. */
export type OneOf<K extends Kinds> = {
  [N in keyof K]: { readonly kind: N } & { readonly [M in keyof K[N]['members']]: string };
}[keyof K];

/**
 * The ways to a backend. sallyport.yaml and its schema, and the document that a deployment hands to the forwarder, are read
 * by these two tables; the code of a kind is a file of its own in forward/.
 */
export const transportKinds = {
  direct: { doc: 'over the internet from fixed addresses', members: {} },
} as const satisfies Kinds;

/** What the front shows a backend. */
export const credentialKinds = {
  none: { doc: 'Nothing.', members: {} },
  basic: {
    doc: 'HTTP Basic (RFC 7617).',
    members: {
      user: { holds: 'user', doc: 'User name.' },
      passwordFrom: { holds: 'secret', doc: 'The stored secret that is the password.' },
    },
  },
  bearer: {
    doc: 'A bearer token (RFC 6750).',
    members: { tokenFrom: { holds: 'secret', doc: 'The stored secret that is the token.' } },
  },
  header: {
    doc: "A header of the backend's own, such as an API key.",
    members: {
      name: { holds: 'header', doc: 'Name of the header.' },
      valueFrom: { holds: 'secret', doc: 'The stored secret that is its value.' },
    },
  },
} as const satisfies Kinds;

export type Transport = OneOf<typeof transportKinds>;
export type Credential = OneOf<typeof credentialKinds>;

/** Names of the stored secrets that a connection reads. */
export function secretsIn({ credential }: Pick<ConnectionConfig, 'credential'>): readonly string[] {
  const members: Kind['members'] = credentialKinds[credential.kind].members;
  const values = credential as Readonly<Record<string, string>>;
  return Object.entries(members).flatMap(([member, { holds }]) => {
    const value = values[member];
    return holds === 'secret' && value !== undefined ? [value] : [];
  });
}
