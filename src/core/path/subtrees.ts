import type { GeneralName } from '../x509/certificate.ts';
import { hostOfUri } from './uri-host.ts';

/**
 * A list of subtrees of name constraints (RFC 5280 §4.2.1.10), compiled so that a name is looked up instead of compared
 * with each of them.
 *
 * `within` decides the same name in two ways. Reading as *permitted*, a name counts only if all that it can stand for
 * is inside: `*.example.com` is not within `a.example.com`. Reading as *excluded*, it counts if anything that it can
 * stand for is inside. A malformed name is never permitted and always excluded.
 */
export type Reading = 'permitted' | 'excluded';

export class Subtrees {
  /** How many there are of each form; a form without any says nothing about names of that form. */
  readonly #counts = new Map<GeneralName['kind'], number>();
  readonly #hosts = new Set<string>();
  /** Parents of the hosts above: `example.com` for `a.example.com`, for wildcards. */
  readonly #parents = new Set<string>();
  readonly #mailboxes = new Set<string>();
  readonly #mailHosts = new Set<string>();
  readonly #uriHosts = new Set<string>();
  readonly #ranges: Uint8Array[] = [];
  readonly #directories = new Set<string>();

  constructor(subtrees: readonly GeneralName[]) {
    for (const subtree of subtrees) this.#add(subtree);
  }

  #add(subtree: GeneralName): void {
    this.#counts.set(subtree.kind, this.count(subtree.kind) + 1);
    if (subtree.kind === 'dns') {
      const host = subtree.value.toLowerCase();
      this.#hosts.add(host);
      if (host !== '') this.#parents.add(host.slice(host.indexOf('.') + 1 || host.length));
    } else if (subtree.kind === 'email') {
      const { mailbox, host } = splitMailbox(subtree.value);
      if (mailbox === undefined) this.#mailHosts.add(host);
      else this.#mailboxes.add(mailbox);
    } else if (subtree.kind === 'uri') {
      this.#uriHosts.add(subtree.value.toLowerCase());
    } else if (subtree.kind === 'ip') {
      this.#ranges.push(subtree.value);
    } else if (subtree.kind === 'directory') {
      this.#directories.add(subtree.name.key);
    }
  }

  count(kind: GeneralName['kind']): number {
    return this.#counts.get(kind) ?? 0;
  }

  within(name: GeneralName, reading: Reading): boolean {
    switch (name.kind) {
      case 'dns':
        return this.#dnsWithin(name.value.toLowerCase(), reading);
      case 'email':
        return this.#emailWithin(name.value, reading);
      case 'uri':
        return this.#uriWithin(name.value, reading);
      case 'ip':
        return this.#ranges.some((range) => inRange(name.value, range));
      case 'directory':
        return prefixesOf(name.name.key).some((prefix) => this.#directories.has(prefix));
      default:
        // Forms without defined subtrees: not processed, so the certificate must be refused (RFC 5280 §4.2.1.10).
        return reading === 'excluded';
    }
  }

  #dnsWithin(host: string, reading: Reading): boolean {
    if (isMalformed(host)) return reading === 'excluded';
    if (!host.includes('*')) return this.#hostWithin(host, reading);
    const [first = '', ...rest] = host.split('.');
    const under = rest.join('.');
    // A wildcard that is not the leftmost label means nothing; one that is stands for exactly one label (RFC 9525 §6.3).
    if (!first.includes('*') || under.includes('*') || under === '') {
      return reading === 'excluded' || this.#hosts.has('');
    }
    if (this.#hostWithin(under, reading) || this.#hosts.has(`.${under}`)) return true;
    return reading === 'excluded' && this.#parents.has(under);
  }

  /** The host itself or one of the domains above it. A leading dot is not RFC 5280, but common: then only what is below. */
  #hostWithin(host: string, reading: Reading): boolean {
    if (this.#hosts.has(host) || this.#hosts.has('')) return true;
    if (reading === 'excluded' && this.#hosts.has(`.${host}`)) return true;
    for (const domain of domainsAbove(host)) {
      if (this.#hosts.has(domain) || this.#hosts.has(`.${domain}`)) return true;
    }
    return false;
  }

  /** One mailbox, all mailboxes of one host, or with a leading dot all hosts below a domain. */
  #emailWithin(address: string, reading: Reading): boolean {
    const { mailbox, host } = splitMailbox(address);
    if (mailbox === undefined || isMalformed(host)) return reading === 'excluded';
    return this.#mailboxes.has(mailbox) || hostListed(this.#mailHosts, host);
  }

  /** The host of the URI; one without a host, or with an address in its place, must be refused. */
  #uriWithin(uri: string, reading: Reading): boolean {
    const host = hostOfUri(uri);
    return host === undefined || isMalformed(host) ? reading === 'excluded' : hostListed(this.#uriHosts, host);
  }
}

/** RFC 1035 §2.3.4: 255 octets on the wire are 253 characters. It also bounds how many domains stand above a host. */
const maxHostCharacters = 253;

function isMalformed(host: string): boolean {
  const dots = host.startsWith('.') || host.endsWith('.') || host.includes('..');
  return host === '' || dots || host.length > maxHostCharacters;
}

/** Exactly this host, or below a domain written with a leading dot; the empty constraint is everything. */
function hostListed(listed: ReadonlySet<string>, host: string): boolean {
  if (listed.has(host) || listed.has('')) return true;
  for (const domain of domainsAbove(host)) if (listed.has(`.${domain}`)) return true;
  return false;
}

function* domainsAbove(host: string): Generator<string> {
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) yield host.slice(dot + 1);
}

/** The local part keeps its case, the host does not matter in case; without `@` it is a host (or a range of hosts). */
function splitMailbox(address: string): { mailbox?: string; host: string } {
  const at = address.lastIndexOf('@');
  const host = address.slice(at + 1).toLowerCase();
  if (at < 0) return { host };
  const local = address.slice(0, at);
  const quoted = local.length > 1 && local.startsWith('"') && local.endsWith('"');
  if (local === '' || (local.includes('@') && !quoted)) return { host: '' };
  return { mailbox: `${local}@${host}`, host };
}

/** `range` is address and mask. Another family is outside. */
function inRange(address: Uint8Array, range: Uint8Array): boolean {
  const octets = address.length;
  if (range.length !== octets * 2) return false;
  for (let index = 0; index < octets; index += 1) {
    const mask = range[octets + index] ?? 0;
    if (((address[index] ?? 0) & mask) !== ((range[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** The canonical keys of a name's leading RDNs, none to all of them. Keys separate RDNs by commas and escape those in values. */
function prefixesOf(key: string): string[] {
  const prefixes = [''];
  if (key === '') return prefixes;
  for (let index = 0; index < key.length; index += 1) {
    if (key[index] === '\\') index += 1;
    else if (key[index] === ',') prefixes.push(key.slice(0, index));
  }
  prefixes.push(key);
  return prefixes;
}
