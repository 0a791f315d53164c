import { parseFront } from '../../src/config/front.ts';
import { type ConnectionConfig, credentialKinds, transportKinds } from '../../src/core/registry/connection.ts';
import { parseConnections, writeConnections } from '../../src/forward/connection-document.ts';
import { credentialOf } from '../../src/forward/credential.ts';
import { transportOf } from '../../src/forward/transport.ts';
import { filesWith, sallyportYaml } from '../config/front-files.ts';
import { closeAll, connection, outbound } from './loopback.ts';

afterEach(closeAll);

/** A member's value as a person would write it. */
const written = { user: 'front', secret: '"secret:erp"', header: 'X-Api-Key' } as const;

/** How sallyport.yaml says a kind: its name, or a map of its members under its name. */
const saying = (kind: string, members: Readonly<Record<string, { readonly holds: keyof typeof written }>>) =>
  Object.keys(members).length === 0
    ? kind
    : `{ ${kind}: { ${Object.entries(members)
        .map(([name, { holds }]) => `${name}: ${written[holds]}`)
        .join(', ')} } }`;

/** The connection as the forwarder gets it: from the file, through the document that a deployment writes. */
function deployed(transport: string, credential: string): ConnectionConfig {
  const yaml = sallyportYaml
    .replace(/transport: direct/, `transport: ${transport}`)
    .replace(/credential: .*? } }/, `credential: ${credential}`);
  const { config, problems } = parseFront(filesWith({ 'sallyport.yaml': yaml }));
  expect(problems).toEqual([]);
  const [read] = parseConnections(writeConnections([...(config?.connections.values() ?? [])]));
  if (read === undefined) throw new Error('There is no connection.');
  return read;
}

test.each(Object.entries(credentialKinds))(
  'credential %s: from the file to the header fields it sends',
  async (kind, { members }) => {
    const config = deployed('direct', saying(kind, members));
    expect(config.credential.kind).toBe(kind);
    expect(Object.keys(config.credential).sort()).toEqual(['kind', ...Object.keys(members)].sort());
    const credential = credentialOf(config.credential, async (name) => `value of ${name}`);
    const sent = await credential.headers(outbound());
    expect(sent.map(([name]) => name)).toEqual([...credential.injects]);
    expect(connection(config).label).toBe('tenant.example.com:443');
  },
);

test.each(Object.entries(transportKinds))('transport %s: from the file to a stream', async (kind, { members }) => {
  const config = deployed(saying(kind, members), 'none');
  expect(config.transport.kind).toBe(kind);
  const transport = transportOf(config, {});
  expect(typeof transport.connect).toBe('function');
  await transport.close();
});
