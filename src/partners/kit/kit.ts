import { clientKeyHeader } from '../../core/client-key.ts';
import { fill, fillRecipe, type RecipeValues } from '../recipes/fill.ts';
import type { Recipe } from '../recipes/recipe.ts';
import { recipes } from '../recipes/table.ts';
import { checkPs1 } from './check-ps1.ts';
import { checkSh } from './check-sh.ts';

export interface KitSpec {
  readonly client: string;
  readonly values: RecipeValues;
  /** Whom the partner asks: a mail address or a page. */
  readonly support: string;
  /** The client has to send a key beside its certificate. */
  readonly sendsKey?: boolean;
  /** Whose access tokens some of its requests need: `iss`, `aud`, scopes. */
  readonly tokens: readonly {
    readonly issuer: string;
    readonly audience: string;
    readonly scopes: readonly string[];
  }[];
  /** PEM of the authorities that sign this client; empty when exactly its certificates are registered. */
  readonly chain: string;
  /** PEM of the authorities that sign the server; absent when they are public. */
  readonly serverChain?: string;
}

/** The files of a kit by their names in it. It never holds a key: the partner's stays with the partner. */
export function kitFiles(spec: KitSpec): ReadonlyMap<string, Uint8Array> {
  const { values } = spec;
  const files = new Map<string, string>([
    ['README.md', firstPage(spec)],
    ['check.sh', fill(checkSh, values)],
    // Windows reads scripts with its own line ends in every version.
    ['check.ps1', fill(checkPs1, values).replaceAll('\n', '\r\n')],
  ]);
  if (spec.chain !== '') files.set('chain.pem', spec.chain);
  if (spec.serverChain !== undefined) files.set('server-chain.pem', spec.serverChain);
  for (const recipe of recipes) files.set(`guides/${recipe.id}.md`, guide(fillRecipe(recipe, values), spec));
  return new Map([...files].map(([name, text]) => [name, Buffer.from(text, 'utf8')]));
}

const seen = [
  ['the name is not found', 'DNS of your network does not know the host', 'you: your network team'],
  ['no connection, time runs out', 'a firewall or proxy between you and the host', 'you: open {{host}} port {{port}}'],
  [
    'the server certificate is not trusted',
    'TLS is inspected on your way out, or the authority of the server is missing in your tool',
    'you: look at the issuer that `check` shows; take the host out of the inspection',
  ],
  [
    'the connection is closed in the handshake, "certificate required"',
    'your tool sent no certificate',
    'you: the page of your tool; key, chain and host name must fit',
  ],
  [
    '403 with `{"message":"Forbidden"}`',
    'a certificate was sent, but its authority is not known here, or it has expired',
    'you: is it the registered certificate, with its intermediates? else us, with the output of `check`',
  ],
  [
    '403 with a reason and `X-Sallyport-Reference`',
    'the certificate is known; the reason says which of your values is not allowed',
    'you, where the reason names your value; else us, with the reference',
  ],
  ['404 or 400', 'that path or method is not served like this', 'you: compare with `{{method}} {{path}}`'],
  ['429', 'too many requests', 'you: slow down and try again later'],
  ['502, 503, 504', 'the system behind the front does not answer', 'us, with the reference'],
] as const;

const signed =
  '`chain.pem` is for reference: one of these authorities must have signed your certificate. Send the intermediates along with it.';
const exactly = 'Your certificate itself is registered, and no other: tell us before you renew it.';

function firstPage({ client, values, support, chain, serverChain, sendsKey, tokens }: KitSpec): string {
  const rows = seen.map((row) => `| ${row.map((cell) => fill(cell, values)).join(' | ')} |`);
  const server =
    serverChain === undefined
      ? 'The certificate of the server is from a public authority: your tool trusts it already, nothing is to be installed.'
      : 'The certificate of the server is from the authority in `server-chain.pem`: your tool must trust that one. Do not pin the certificate itself; it changes.';
  return `# Calling ${values.host} as ${client}

| what you see | what it means | who must act |
|---|---|---|
${rows.join('\n')}

Test it: \`bash check.sh CERTIFICATE.pem KEY.pem\`, on Windows \`powershell -ExecutionPolicy Bypass -File check.ps1 -P12 FILE.p12\`.
Send us the whole output; **never send your key or its password**. Questions: ${support}

${fill('Address: `{{url}}` (`{{method}}` of it is allowed for you).', values)}
${server}${sendsKey === true ? `\nSend the key that you were given in the header \`${clientKeyHeader}\` of every request, beside your certificate.` : ''}${tokens.map(tokenText).join('')}
${chain === '' ? exactly : signed}

The pages call your files \`${values.certificate}\` (the certificate, then its intermediates), \`${values.key}\` and \`${values.p12}\`.
To make the last from the others: \`openssl pkcs12 -export -in ${values.certificate} -inkey ${values.key} -out ${values.p12}\`

## Your tool

${recipes.map(({ id, title }) => `- [${title}](guides/${id}.md)`).join('\n')}
`;
}

function tokenText({ issuer, audience, scopes }: KitSpec['tokens'][number]): string {
  const scope = scopes.length === 0 ? '' : `, scope \`${scopes.join(' ')}\``;
  return `
Send an access token of \`${issuer}\` (audience \`${audience}\`${scope}) in the header \`Authorization: Bearer …\` of every request that needs it.
Fetch it over mutual TLS **with the certificate that you call with**: a token that is bound to another one, or to none, is refused (RFC 8705).`;
}

function guide({ title, needs, steps, traps }: Recipe, { values, support, sendsKey, tokens }: KitSpec): string {
  const files = needs === 'pem' ? `\`${values.certificate}\` and \`${values.key}\`` : `\`${values.p12}\``;
  const headers = [
    ...(sendsKey === true ? [`\`${clientKeyHeader}\` with your key (here: the variable SALLYPORT_KEY)`] : []),
    ...(tokens.length > 0 ? ['`Authorization: Bearer` with an access token (here: the variable TOKEN)'] : []),
  ];
  const alsoSent = headers.length === 0 ? '' : `\n\nThe request also carries ${headers.join(', and ')}.`;
  const numbered = steps.map(({ text, code }, at) => {
    const block = code === undefined ? '' : `\n\n\`\`\`${code.language}\n${code.text}\n\`\`\``;
    return `${at + 1}. ${text}${block}`;
  });
  return `# ${title}

Needs ${files}. Run it from the folder with these files${values.serverChain === undefined ? '' : ` and \`${values.serverChain}\``}.${alsoSent}

${numbered.join('\n')}

## Traps

${traps.map((trap) => `- ${trap}`).join('\n')}

What an answer means: [README](../README.md). Questions: ${support}
`;
}
