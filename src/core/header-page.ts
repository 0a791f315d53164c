import { headerSources } from './header-sources.ts';
import { type HeaderClass, type HeaderProduct, type HeaderRule, headerTable } from './header-table.ts';

const told: Readonly<Record<HeaderClass, string>> = {
  'hop-by-hop': 'for this hop only, or written by us',
  identity: 'who the caller is, said by somebody who is not the front',
  override: 'makes a backend act as if the request were another one',
  address: 'where the caller is, said by the caller',
  gateway: 'removed from answers, where API Gateway would rename it',
};

/** docs/headers.md, from the table. */
export function headersPage(): string {
  const lines = [
    '<!-- generated from src/core/header-table.ts by `npm run docs`; edit that table -->',
    '# Header fields that never reach a backend',
    '',
    'A backend behind a front believes what the front says about the caller. So nothing that some product would take for such a',
    'word passes, in whatever spelling: letter case does not count, and `_`, `.`, a space and everything else that is no letter',
    'or digit counts as `-`. Then the front adds its own: `X-Forwarded-For`, `X-Sallyport-Client`, `X-Sallyport-Reference`,',
    "`Client-Cert` (RFC 9440), and the connection's credential, each exactly once.",
    '',
    '| class | why |',
    '|---|---|',
    ...Object.entries(told).map(([name, why]) => `| ${name} | ${why} |`),
    '',
    '## More for one backend',
    '',
    'A connection may remove more, or pass only what it lists; a `*` at the end stands for every name that begins so.',
    '',
    '```yaml',
    'connections:',
    '  erp: { …, strip: [X-Erp-User, "X-Legacy-*"] }    # these, too',
    '  crm: { …, pass: [Accept, Idempotency-Key] }      # only these',
    '```',
    '',
    'With `pass`, `Content-Type`, `Content-Encoding` and `Content-Language` still go with a body. `pass` brings nothing back that',
    'this page lists. Name whatever your backend takes for granted: no table knows your own code.',
    '',
    '`Authorization` passes unless the connection injects its own, except for the schemes that authenticate a connection and not',
    'a request: see [not-supported.md](not-supported.md).',
    '',
    '## The table',
    '',
    '| class | who | names | source |',
    '|---|---|---|---|',
    ...headerTable.map((rule) => {
      const { name, source } = headerSources[rule.product as HeaderProduct];
      return `| ${rule.class} | ${name} | ${namesOf(rule)} | ${source} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function namesOf({ names, prefixes }: HeaderRule): string {
  return [...names, ...prefixes.map((prefix) => `${prefix}*`)].map((name) => `\`${name}\``).join(' ');
}
