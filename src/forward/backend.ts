import { isIP } from 'node:net';
import { refuse } from '../core/problem.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';

/** Where a connection leads, as constants: nothing of a request chooses host, port, TLS name or Host header. */
export interface Backend {
  readonly origin: string;
  readonly encrypted: boolean;
  /** A name or an address literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must carry. */
  readonly tlsName: string;
  /** The value of Host. */
  readonly authority: string;
  /** `host:port`, for the log. */
  readonly label: string;
}

/** @throws ProblemError when the url is not a plain origin, or is not encrypted and nobody allowed that in writing. */
export function backendOf(config: ConnectionConfig): Backend {
  const place = `connection ${config.name}`;
  const url = URL.canParse(config.url) ? new URL(config.url) : undefined;
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href && url.hostname !== '';
  if (!isOrigin) {
    return refuse({
      code: 'connection_url',
      message: `The url of ${place} is not an origin`,
      found: config.url.replace(/\/\/[^/]*@/, '//…@').slice(0, 200),
      allowed: 'https://host or https://host:port; paths belong into a route\'s "to", users into "credential"',
    });
  }
  const encrypted = url.protocol === 'https:';
  if (!encrypted && !config.allowPlaintext) {
    refuse({
      code: 'plaintext_not_allowed',
      message: `${place} is not encrypted`,
      found: config.url,
      allowed: 'https://…',
      remedy: `allowPlaintext: true   # under connections: ${config.name}, if the network in between is yours`,
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (encrypted ? 443 : 80) : Number(url.port);
  const name = config.serverName ?? host;
  const bracketed = isIP(name) === 6 ? `[${name}]` : name;
  return {
    origin: url.origin,
    encrypted,
    host,
    port,
    tlsName: name,
    authority: url.port === '' ? bracketed : `${bracketed}:${url.port}`,
    label: `${url.hostname}:${port}`,
  };
}
