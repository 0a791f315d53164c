import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { ProblemError, refuse } from '../core/problem.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { readPemBlocks } from '../core/x509/pem.ts';
import type { Backend } from './backend.ts';
import type { Deadline } from './deadline.ts';
import type { Transport } from './transports/transport.ts';
import { readWholeAnswer, type WholeAnswer } from './whole-answer.ts';

const connectTimeoutMilliseconds = 5_000;
/** NAT gateways and NLBs forget an idle flow after 350 s without a word, and timers stand still in a frozen Lambda. */
const idleMilliseconds = 60_000;
/** API Gateway ends a stream that is silent for five minutes. */
const silentMilliseconds = 285_000;
const maximumConnections = 64;
const maximumHeaderBytes = 65_536;

/** One long-lived pool of connections to one backend. */
export interface BackendPool {
  /** The answer's body is a stream. */
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  requestWhole(
    options: Dispatcher.DispatchOptions,
    limits: { maximumBytes: number; deadline: Deadline; begun(): void },
  ): Promise<WholeAnswer>;
  /** Whether a request may have met a socket that died while it waited in the pool. */
  readonly mayBeStale: boolean;
  close(): Promise<void>;
}

export function openPool(
  config: ConnectionConfig,
  backend: Backend,
  transport: Transport,
  now: () => number,
): BackendPool {
  const connect = connectorOf(config, backend, transport);
  const create = () =>
    new Pool(backend.origin, {
      connect,
      connections: maximumConnections,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: maximumHeaderBytes,
      // Each request brings its own deadline; undici's coarse timers only back it up.
      headersTimeout: silentMilliseconds,
      bodyTimeout: silentMilliseconds,
      keepAliveTimeout: idleMilliseconds,
      keepAliveMaxTimeout: idleMilliseconds,
    });
  let pool = create();
  let inFlight = 0;
  let answered = false;
  let lastUsed = now();

  const renewIfIdle = (): void => {
    const idle = now() - lastUsed;
    // A clock that went back says nothing about the sockets either.
    if (inFlight > 0 || (idle >= 0 && idle <= idleMilliseconds)) return;
    const old = pool;
    pool = create();
    answered = false;
    void old.destroy();
  };

  const start = (): void => {
    renewIfIdle();
    inFlight += 1;
    lastUsed = now();
  };
  const done = (): void => {
    inFlight -= 1;
    lastUsed = now();
  };

  return {
    get mayBeStale() {
      return answered;
    },
    async requestWhole(options, limits) {
      start();
      try {
        const answer = await readWholeAnswer(pool, options, limits);
        answered = true;
        return answer;
      } finally {
        done();
      }
    },
    async request(options) {
      start();
      try {
        const response = await pool.request(options);
        answered = true;
        response.body.once('close', done);
        return response;
      } catch (error) {
        done();
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}

/**
 * A socket of the transport, with TLS in it. undici would verify the name of the request's Host field: here the name is
 * the connection's. `rejectUnauthorized` is said, because an environment variable turns the default off.
 */
function connectorOf(config: ConnectionConfig, backend: Backend, transport: Transport): buildConnector.connector {
  const inTls = backend.encrypted
    ? buildConnector({
        secureContext: createSecureContext({ minVersion: 'TLSv1.2', ca: authoritiesOf(config) }),
        rejectUnauthorized: true,
        allowH2: false,
        timeout: connectTimeoutMilliseconds,
        checkServerIdentity: (_, certificate) => nameErrorOf(backend.tlsName, certificate),
      })
    : undefined;
  const servername = isIP(backend.tlsName) === 0 ? backend.tlsName : undefined;
  return (options, callback) => {
    const { host, port } = backend;
    void transport.connect({ host, port, timeoutMilliseconds: connectTimeoutMilliseconds }).then(
      (socket) => {
        if (inTls === undefined) callback(null, socket);
        else inTls({ ...options, host: undefined, hostname: host, servername, httpSocket: socket }, callback);
      },
      (error) => callback(error, null),
    );
  };
}

/** RFC 9525 §6.3: the common name does not count. Node falls back to it when no DNS name is there, so it is hidden. */
function nameErrorOf(name: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined || certificate.subjectaltname === '') {
    return Object.assign(new Error('No subject alternative name.'), { code: 'SALLYPORT_NAME_MISSING' });
  }
  return checkServerIdentity(name, { ...certificate, subject: { ...certificate.subject, CN: '' } });
}

/**
 * Only these, when there are any. Each is read here, because OpenSSL skips what is no certificate, and an empty list
 * would silently mean the public authorities.
 */
function authoritiesOf(config: ConnectionConfig): string[] | undefined {
  if (config.authorities === undefined) return undefined;
  try {
    const blocks = readPemBlocks(config.authorities);
    if (blocks.length === 0 || blocks.some(({ label }) => label !== 'CERTIFICATE'))
      throw new Error('Not certificates.');
    return blocks.map(({ der }) => new X509Certificate(der).toString());
  } catch (error) {
    return refuse({
      code: 'connection_authorities',
      message: `The authorities of connection ${config.name} are not certificates`,
      found: error instanceof ProblemError ? error.message : undefined,
      allowed: 'one or more PEM certificates; leave it out to trust the public authorities',
    });
  }
}
