import type { Certificate } from '../../../core/x509/certificate.ts';
import { pemFromDer } from '../../../core/x509/pem.ts';
import type { Note } from '../imported.ts';
import type { Forward, Region } from '../part.ts';
import { headersOf } from './headers.ts';
import { inForce, type Levels, valueOfLast } from './levels.ts';
import type { Directive } from './text/syntax.ts';

/** The CA certificates of a file that the configuration names; throws when it cannot be read. */
export type ReadCas = (path: string, named: Directive) => readonly Certificate[];

export interface Place {
  readonly levels: Levels;
  readonly what: string;
  readonly region: Region;
  readonly upstreams: readonly Directive[];
  readonly readCas: ReadCas;
  readonly notes: Note[];
}

type Left = { readonly left: string };

/** Where a location's requests go, or why that is no connection and no route. */
export function forwardOf(proxyPass: Directive, place: Place): Forward | Left {
  const [target = ''] = proxyPass.args;
  const parts = /^(https?):\/\/([A-Za-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(\d+))?(\/[^$?#%;{}]*)?$/.exec(target);
  if (parts === null) {
    const socket = /^https?:\/\/unix:/.test(target);
    return {
      left: `\`proxy_pass ${target}\` is ${socket ? 'a socket of that machine' : 'no fixed address'}: write its route`,
    };
  }
  const [, scheme = '', host = '', port, uri] = parts;
  const origin = originOf(scheme, host, port, place);
  if ('left' in origin) return origin;
  const to = targetOf(uri, target, place.region);
  if (to !== undefined && 'left' in to) return to;
  const headers = headersOf(place.levels, place.what, place.notes);
  if ('left' in headers) return headers;
  const tls = scheme === 'https' ? tlsOf(host, origin.url, place) : {};
  if ('left' in tls) return tls;
  return { url: origin.url, name: host, ...(to === undefined ? {} : { to: to.to }), ...tls, ...headers };
}

function originOf(
  scheme: string,
  host: string,
  port: string | undefined,
  place: Place,
): { readonly url: string } | Left {
  const upstream = place.upstreams.find(({ args }) => args[0] === host);
  if (upstream === undefined) {
    if (!host.startsWith('[') && !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(host)) {
      return { left: `${host} is no host name` };
    }
    return { url: `${scheme}://${host.toLowerCase()}${port === undefined ? '' : `:${Number(port)}`}` };
  }
  const servers = (upstream.block ?? []).filter(({ name }) => name === 'server');
  const up = servers.filter(({ args }) => !args.includes('down'));
  const [first] = [...up.filter(({ args }) => !args.includes('backup')), ...up];
  const address = first?.args[0] ?? '';
  if (first === undefined) return { left: `every server of upstream ${host} is down` };
  if (address.startsWith('unix:')) return { left: `upstream ${host} is a socket of that machine: write its route` };
  const parts = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d+))?$/.exec(address);
  if (parts === null) return { left: `server ${address} of upstream ${host} is no fixed address` };
  if (servers.length > 1) {
    const text = `upstream ${host} has ${servers.length} servers; the connection has ${address}`;
    if (!place.notes.some((note) => note.text === text))
      place.notes.push({ kind: 'changed', text, place: upstream.place });
  }
  // without a port it is 80 in an upstream, also for https
  return { url: `${scheme}://${(parts[1] ?? '').toLowerCase()}:${Number(parts[2] ?? 80)}` };
}

/** nginx puts the URI of proxy_pass in the place of the location's own text, character by character. */
function targetOf(uri: string | undefined, target: string, region: Region): { readonly to: string } | Left | undefined {
  if (uri === undefined) return undefined;
  if (region.kind === 'exact') return { to: uri };
  if (uri.endsWith('/') === region.text.endsWith('/')) return { to: `${uri.replace(/\/$/, '')}/**` };
  return {
    left: `it and \`proxy_pass ${target}\` end differently with /, so the backend got paths that no \`to\` makes`,
  };
}

function tlsOf(
  host: string,
  url: string,
  { levels, readCas }: Place,
): Pick<Forward, 'serverName' | 'authorities'> | Left {
  const verified = valueOfLast(levels, 'proxy_ssl_verify') === 'on';
  const written = valueOfLast(levels, 'proxy_ssl_name');
  const name = written ?? (verified && new URL(url).hostname !== host.toLowerCase() ? host : undefined);
  if (name !== undefined && !/^(?=.*\.)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name)) {
    return { left: `the backend's certificate was held against the name ${name}, which is no host name` };
  }
  const trusted = inForce(levels, 'proxy_ssl_trusted_certificate').at(-1);
  const cas = verified && trusted !== undefined ? readCas(trusted.args[0] ?? '', trusted) : [];
  return {
    ...(name === undefined ? {} : { serverName: name.toLowerCase() }),
    ...(cas.length === 0 ? {} : { authorities: cas.map(({ der }) => pemFromDer(der)).join('') }),
  };
}
