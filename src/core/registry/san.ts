import { refuse } from '../problem.ts';
import { formatAddress, parseAddress } from '../request/address.ts';
import type { GeneralName } from '../x509/certificate.ts';
import type { SanKind } from './document.ts';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const dnsName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

export const sanAllowed: Readonly<Record<SanKind, string>> = {
  dns: 'a host name without a wildcard: orders-client.acme.example',
  uri: 'an absolute URI without a wildcard: spiffe://acme.example/orders-client',
  email: 'one address: orders-client@acme.example',
  ip: 'one IPv4 or IPv6 address: 203.0.113.7',
};

/**
 * A SAN as people write it → as it is compared. Case is folded where RFC 5280 §7.2, §7.4 and §7.5 say that it does not
 * count: host names, the scheme and host of a URI, the domain of an address.
 *
 * @throws ProblemError `san_malformed`, `san_wildcard`
 */
export function parseSan(kind: SanKind, text: string): string {
  if (text.includes('*')) {
    refuse({
      code: 'san_wildcard',
      message: 'an identity is one name: a wildcard would match certificates nobody has looked at',
      found: text,
      allowed: sanAllowed[kind],
      remedy: `write the name in the client's certificate, one identity for each, or say in writing that it is a glob: sanGlob`,
    });
  }
  const value = folded(kind, text);
  if (value === undefined || !wellFormed[kind](value)) {
    refuse({ code: 'san_malformed', message: `this is no ${sanNames[kind]}`, found: text, allowed: sanAllowed[kind] });
  }
  return value ?? '';
}

const sanNames: Readonly<Record<SanKind, string>> = {
  dns: 'DNS name',
  uri: 'URI',
  email: 'e-mail address',
  ip: 'IP address',
};

const wellFormed: Readonly<Record<SanKind, (value: string) => boolean>> = {
  dns: (value) => dnsName.test(value),
  uri: (value) => /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000}$/.test(value),
  email: (value) => {
    const at = value.lastIndexOf('@');
    return /^[\x21-\x7e]{1,64}$/.test(value.slice(0, Math.max(at, 0))) && dnsName.test(value.slice(at + 1));
  },
  ip: (value) => parseAddress(value) !== undefined,
};

/** What the index is keyed by. `value` is folded already. */
export function sanKey(kind: SanKind, value: string): string {
  return `${kind}:${value}`;
}

/** The key of a certificate's general name, or undefined for kinds that identify nobody here. */
export function generalNameKey(name: GeneralName): string | undefined {
  switch (name.kind) {
    case 'dns':
    case 'uri':
    case 'email': {
      const value = folded(name.kind, name.value);
      return value === undefined ? undefined : sanKey(name.kind, value);
    }
    case 'ip':
      return sanKey('ip', formatAddress(name.value));
    default:
      return undefined;
  }
}

function folded(kind: SanKind, text: string): string | undefined {
  switch (kind) {
    case 'dns':
      return text.toLowerCase();
    case 'uri': {
      const parts = /^([A-Za-z][A-Za-z0-9+.-]*:)(?:(\/\/(?:[^/?#@]*@)?)([^/?#]*))?(.*)$/s.exec(text);
      if (parts === null) return undefined;
      const [, scheme = '', beforeHost = '', host = '', rest = ''] = parts;
      return `${scheme.toLowerCase()}${beforeHost}${host.toLowerCase()}${rest}`;
    }
    case 'email': {
      const at = text.lastIndexOf('@');
      return at < 0 ? undefined : `${text.slice(0, at)}${text.slice(at).toLowerCase()}`;
    }
    case 'ip': {
      const address = parseAddress(text);
      return address === undefined ? undefined : formatAddress(address);
    }
  }
}
