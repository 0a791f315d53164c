/** Files of a truststore as people would write them; what is written here is read back and compiled before it counts. */

export interface AuthorityFile {
  readonly name: string;
  /** Subjects, in one line each; none: those that issue no other CA of the file. */
  readonly issuers: readonly string[];
  readonly revocation: { readonly none: string } | { readonly lists: readonly string[]; readonly maxAgeHours?: number };
  /** A line for people above the rest. */
  readonly comment?: string;
}

export interface ClientFile {
  readonly name: string;
  readonly contact?: string;
  /** Flow maps without the dash. */
  readonly identities: readonly string[];
  readonly allow: readonly string[];
  readonly addresses: readonly string[];
  readonly validUntil?: string;
}

const schemaLine = (kind: string) => `# yaml-language-server: $schema=../../schema/${kind}.schema.json`;

export function authorityYaml({ name, issuers, revocation, comment }: AuthorityFile): string {
  const lines = [schemaLine('authority'), ...(comment === undefined ? [] : [`# ${comment}`]), `authority: ${name}`];
  if (issuers.length > 0) lines.push(`issuers: [${issuers.map(quoted).join(', ')}]`);
  if ('none' in revocation) lines.push(`revocation: { none: ${quoted(revocation.none)} }`);
  else {
    const lists = revocation.lists.map(quoted).join(', ');
    lines.push(
      'revocation:',
      `  lists: [${lists}]`,
      '  missing: deny',
      '  stale: deny',
      `  maxAgeHours: ${revocation.maxAgeHours ?? 168}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

export function clientYaml({ name, contact, identities, allow, addresses, validUntil }: ClientFile): string {
  const lines = [schemaLine('client'), `client: ${name}`];
  if (contact !== undefined) lines.push(`contact: ${quoted(contact)}`);
  lines.push('identities:', ...identities.map((identity) => `  - ${identity}`));
  lines.push(`allow: [${allow.map(quoted).join(', ')}]`);
  if (addresses.length > 0) lines.push(`addresses: [${addresses.map(quoted).join(', ')}]`);
  if (validUntil !== undefined) lines.push(`validUntil: ${validUntil}`);
  return `${lines.join('\n')}\n`;
}

/** Within single quotes YAML knows one escape: the quote itself, doubled (YAML 1.2.2 §7.3.2). */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
