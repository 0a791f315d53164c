/**
 * How a backend is reached, as data. Names only: a secret's value is fetched by whoever opens the connection and is
 * never part of a configuration, a release or a log.
 */
export interface ConnectionConfig {
  readonly name: string;
  readonly transport: 'direct';
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
}

/** `…From` names a secret: `secret:erp` in the file is `erp` here. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly passwordFrom: string }
  | { readonly kind: 'bearer'; readonly tokenFrom: string }
  | { readonly kind: 'header'; readonly name: string; readonly valueFrom: string };
