import { type Imported, type Note, nameFrom } from './imported.ts';
import { type Location, patternOf } from './nginx-location.ts';
import type { Directive } from './nginx-syntax.ts';

/** Where the locations' requests go: a connection for each address, a route for each location. */
export function backendsOf(
  kept: readonly Location[],
  all: readonly Directive[],
  notes: Note[],
): Pick<Imported, 'connections' | 'routes'> {
  const connections = new Map<string, string>();
  const routes: { match: string; connection: string; to?: string }[] = [];
  for (const location of kept) {
    const { place, args } = location.directive;
    const parts = /^(https?):\/\/([A-Za-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d+)?(\/[^$?#]*)?$/.exec(location.proxyPass ?? '');
    const match = patternOf(location)?.text ?? '';
    if (parts === null) {
      notes.push({
        kind: 'to-do',
        text: `proxy_pass ${location.proxyPass} of location ${args.join(' ')} is no fixed address: write its route`,
        place,
      });
      continue;
    }
    const [, scheme = '', name = '', port = '', uri] = parts;
    const upstream = all.find((one) => one.name === 'upstream' && one.args[0] === name);
    const servers = upstream?.block?.filter((one) => one.name === 'server').map((one) => one.args[0] ?? '') ?? [];
    if (servers.length > 1)
      notes.push({
        kind: 'changed',
        text: `upstream ${name} has ${servers.length} servers; the connection has the first`,
        place: upstream?.place ?? place,
      });
    const url = `${scheme}://${(servers[0] ?? `${name}${port}`).toLowerCase()}`;
    const connection =
      [...connections].find(([, known]) => known === url)?.[0] ??
      nameFrom(name, new Set(connections.keys()), 'backend');
    connections.set(connection, url);
    const to =
      uri === undefined ? undefined : location.path?.endsWith('/**') === true ? `${uri.replace(/\/$/, '')}/**` : uri;
    const isWhole = uri === undefined || uri.endsWith('/') === (location.directive.args.at(-1) ?? '').endsWith('/');
    if (!isWhole)
      notes.push({
        kind: 'changed',
        text: `location ${args.join(' ')} and proxy_pass ${location.proxyPass} end differently with /: compare what the backend gets`,
        place,
      });
    routes.push({ match, connection, ...(to === undefined ? {} : { to }) });
    for (const { args: header, place: where } of location.directive.block?.filter(
      (one) => one.name === 'proxy_set_header',
    ) ?? []) {
      if (/^authorization$/i.test(header[0] ?? '')) {
        notes.push({
          kind: 'to-do',
          text: `a credential for the backend stood in the file and was not copied: sallyport secret set ${connection}, and name it in the connection`,
          place: where,
        });
      } else if (/client.*(cert|dn|verify|subject)|ssl/i.test(header[0] ?? '')) {
        notes.push({
          kind: 'changed',
          text: `header ${header[0]}: the backend now reads X-Sallyport-Client and Client-Cert (RFC 9440)`,
          place: where,
        });
      }
    }
  }
  return { connections: [...connections].map(([name, url]) => ({ name, url })), routes };
}
