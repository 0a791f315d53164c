import { nameTextOf, parseNameText } from '../../core/x509/name-text.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { authorityYaml, clientYaml } from '../truststore-files.ts';
import type { Imported, ImportedConnection, Note } from './imported.ts';

/** The files of the front by their names, IMPORT.md with what a person has to know among them. */
export function importedFiles(imported: Imported, id: string, source: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>([['sallyport.yaml', frontYaml(imported, id)]]);
  for (const { name, cas, issuers, revocation } of imported.authorities) {
    files.set(`truststore/authorities/${name}.pem`, cas.map(({ der }) => pemFromDer(der)).join(''));
    files.set(
      `truststore/authorities/${name}.yaml`,
      authorityYaml({
        name,
        issuers: issuers ?? [],
        revocation,
        comment:
          'lists' in revocation
            ? 'Write the address of the list of every CA: without one this does not compile.'
            : undefined,
      }),
    );
  }
  for (const { name, authority, subject, allow } of imported.clients) {
    const text = nameTextOf(parseNameText(`rfc4514:${subject}`)).replaceAll("'", "''");
    const identities = [`{ authority: ${authority}, subject: '${text}' }`];
    files.set(`truststore/clients/${name}.yaml`, clientYaml({ name, identities, allow, addresses: [] }));
  }
  for (const { name, authorities } of imported.connections) {
    if (authorities !== undefined) files.set(authoritiesFile(name), authorities);
  }
  files.set('IMPORT.md', page(imported, source));
  return files;
}

function frontYaml({ host = 'api.example.com', connections, routes }: Imported, id: string): string {
  // a name of two labels is a zone itself: the one above it belongs to everybody
  const zone = host.split('.').length > 2 ? host.replace(/^[^.]+\./, '') : host;
  const lines = [
    '# yaml-language-server: $schema=./schema/sallyport.schema.json',
    '# Imported: IMPORT.md says what changed in meaning and what is left to do.',
    'format: 1',
    `id: ${id}`,
    'front: imported',
    'stage: test',
    'support: { email: api-team@example.com }   # yours',
    `domain: { name: ${host}, hostedZone: { id: Z0123456789, name: ${zone} } }   # your zone`,
    'connections:',
    ...connections.flatMap(connectionLines),
  ];
  if (connections.length === 0) {
    lines.push('  backend: { transport: direct, url: "https://tenant.example.com", credential: none }   # yours');
  }
  lines.push('routes:');
  for (const { match, connection, to, addresses, replaces } of routes) {
    const target = to === undefined ? '' : `, to: "${to}"`;
    const require =
      addresses === undefined ? '' : `, require: [{ addresses: [${addresses.map((one) => `"${one}"`).join(', ')}] }]`;
    lines.push(
      `  - { match: "${match}", connection: ${connection}${target}${require}${replaces ? ', replaces: true' : ''} }`,
    );
  }
  if (routes.length === 0) lines.push('  - { match: "GET /nothing-yet", connection: backend }   # yours');
  return `${lines.join('\n')}\n`;
}

function connectionLines({
  name,
  url,
  serverName,
  authorities,
  strip,
  secrets,
}: ImportedConnection): readonly string[] {
  const lines = [`  ${name}:`, '    transport: direct', `    url: "${url}"`];
  if (serverName !== undefined) lines.push(`    serverName: ${serverName}`);
  if (authorities !== undefined) lines.push(`    authorities: ${authoritiesFile(name)}`);
  if (strip.length > 0) lines.push(`    strip: [${strip.join(', ')}]   # the source wrote or cleared these itself`);
  if (secrets.length === 0) lines.push('    credential: none   # what the backend asks of the front');
  else {
    lines.push(
      `    # ${secrets.join(', ')}: the source sent a credential. Store it (sallyport secret set ${name}) and name it here:`,
      `    # credential: { header: { name: ${secrets[0]}, valueFrom: "secret:${name}" } }, or credential: none without it`,
    );
  }
  if (url.startsWith('http:')) lines.push('    allowPlaintext: true   # as it was: everything can be read on the way');
  return lines;
}

const authoritiesFile = (connection: string) => `connections/${connection}-ca.pem`;

const titles: Readonly<Record<Note['kind'], string>> = {
  'to-do': 'Left for you to do',
  changed: 'What means something else now',
  'left-out': 'What was not taken over',
};

function page({ clients, notes }: Imported, source: string): string {
  const lines = [`# Imported from ${source}`, '', 'Nothing here lets in more than the source did.'];
  if (clients.length === 0) {
    lines.push(
      '',
      '**There is no client yet, so this front refuses everybody.** `sallyport inspect FILE` says what a partner has sent,',
    );
    lines.push(
      '`sallyport name TEXT` what a printed subject is, `sallyport client add NAME --from FILE` registers it.',
    );
  }
  for (const [kind, title] of Object.entries(titles)) {
    const own = notes.filter((note) => note.kind === kind);
    if (own.length > 0) lines.push('', `## ${title}`, '', ...own.map((note) => `- ${noteText(note)}`));
  }
  return `${lines.join('\n')}\n`;
}

/** `file:line: text`, on one line. */
export function noteText({ text, place }: Note): string {
  const where = place?.file === undefined ? '' : `${place.file}${place.line === undefined ? '' : `:${place.line}`}: `;
  return `${where}${text}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
