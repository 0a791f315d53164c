import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { ProblemError, refuse } from '../core/problem.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { readPemBlocks } from '../core/x509/pem.ts';
import type { Backend } from './backend.ts';
import type { Credential, TlsMaterial } from './credentials/credential.ts';
import { ForwardError } from './failure.ts';
import type { Transport } from './transports/transport.ts';

const timeoutMilliseconds = 5_000;

/** A stream to the backend, ready for HTTP: the transport's, with TLS in it when the url says https. */
export type OpenSocket = () => Promise<Duplex>;

/** What one handshake shows, and the session it may be resumed with. Both belong to this connection alone. */
interface Shown {
  readonly context: SecureContext;
  readonly material: TlsMaterial | undefined;
  session?: Buffer;
}

/** @throws ProblemError when the authorities of the connection are no certificates. */
export function socketsOf(
  config: ConnectionConfig,
  backend: Backend,
  transport: Transport,
  material?: Credential['tls'],
): OpenSocket {
  const { host, port } = backend;
  const plain = () => transport.connect({ host, port, timeoutMilliseconds });
  if (!backend.encrypted) return plain;
  const ca = authoritiesOf(config);
  const shownWith = (own: TlsMaterial | undefined): Shown => ({
    context: createSecureContext({ minVersion: 'TLSv1.2', ca, cert: own?.certificate, key: own?.key }),
    material: own,
  });
  let shown = shownWith(undefined);
  return async () => {
    const own = await material?.();
    // A session was made with the certificate that was shown then.
    if (own?.certificate !== shown.material?.certificate || own?.key !== shown.material?.key) shown = shownWith(own);
    return secured(await plain(), backend, shown);
  };
}

/** `rejectUnauthorized` is said, because an environment variable turns the default off. */
function secured(socket: Duplex, backend: Backend, shown: Shown): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const { tlsName, label } = backend;
    const inside = connect({
      socket,
      secureContext: shown.context,
      session: shown.session,
      servername: isIP(tlsName) === 0 ? tlsName : undefined,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => nameErrorOf(tlsName, certificate),
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      inside.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new ForwardError('connect_timeout', `${label}: the TLS handshake did not end`)),
      timeoutMilliseconds,
    );
    inside.on('session', (session) => {
      shown.session = session;
    });
    inside.on('error', fail);
    inside.once('close', () => fail(new ForwardError('closed', `${label}: in the TLS handshake`)));
    inside.once('secureConnect', () => {
      clearTimeout(timer);
      resolve(inside);
    });
  });
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
