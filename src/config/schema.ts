import { frontShape } from './fields/front.ts';
import { authorityShape, clientShape, groupShape, tokenIssuerShape } from './fields/truststore.ts';
import type { JsonSchema } from './shape.ts';

/** The first line of a file of ours, for editors. `up` is the way from the file's folder to the one that holds schema/. */
export function schemaLine(kind: SchemaKind, up = './'): string {
  return `# yaml-language-server: $schema=${up}schema/${kind}.schema.json`;
}

export type SchemaKind = 'sallyport' | 'authority' | 'client' | 'group' | 'token-issuer';

const shapes: Readonly<Record<SchemaKind, { title: string; schema: JsonSchema }>> = {
  sallyport: { title: 'Sallyport front (sallyport.yaml)', schema: frontShape.schema },
  authority: { title: 'Sallyport authority (truststore/authorities/NAME.yaml)', schema: authorityShape.schema },
  client: { title: 'Sallyport client (truststore/clients/NAME.yaml)', schema: clientShape.schema },
  'token-issuer': {
    title: 'Sallyport token issuer (truststore/token-issuers/NAME.yaml)',
    schema: tokenIssuerShape.schema,
  },
  group: { title: 'Sallyport group (truststore/groups/NAME.yaml)', schema: groupShape.schema },
};

/** File name → text, for all kinds of file. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(shapes).map(([kind, { title, schema }]) => [
      `${kind}.schema.json`,
      `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title, ...schema }, null, 2)}\n`,
    ]),
  );
}
