import type { Command } from 'commander';
import { dayMilliseconds, isoDay } from '../../core/day.ts';
import { conditionText } from '../../core/decide/caller/conditions.ts';
import type { Place } from '../../core/problem.ts';
import type { Client, Identity, Registry, Requirement } from '../../core/registry/registry.ts';
import { formatName } from '../../core/x509/name.ts';
import { registryOf } from '../changes/registry.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { type Output, printable } from '../terminal/output.ts';

export function addClientList(client: Command, { output }: CommandContext): void {
  client
    .command('list')
    .description('All clients, a line each.')
    .addHelpText('before', examples([['sallyport client list', 'name, how it is known, what it may do']]))
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const registry = registryOf(options.front);
      const now = Date.now();
      const described = [...registry.clients.values()].map((one) => describe(one, registry, now));
      if (options.json === true) return output.json({ clients: described });
      const width = Math.max(0, ...described.map(({ name }) => name.length)) + 2;
      for (const { name, identities, allow, validUntil } of described) {
        const known = identities.map(({ text }) => text).join(' or ');
        const ends = validUntil === undefined ? '' : `, until ${validUntil}`;
        output.out(`${output.strong(name.padEnd(width))}${printable(known)}`);
        output.out(`${' '.repeat(width)}${output.faint(`${allow.join(', ')}${ends}`)}`);
      }
      output.out(output.faint(`${described.length} clients`));
    });
}

export function addClientShow(client: Command, { output }: CommandContext): void {
  client
    .command('show')
    .description('How a client is known, what it may do, and what ends when.')
    .argument('<name>', 'of the client')
    .addHelpText('before', examples([['sallyport client show acme', 'everything about it']]))
    .action((name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const registry = registryOf(options.front);
      const described = describe(clientNamed(name, registry), registry, Date.now());
      if (options.json === true) return output.json(described as unknown as Record<string, unknown>);
      show(described, output);
    });
}

export function clientNamed(name: string, registry: Registry): Client {
  const found = registry.clients.get(name);
  if (found !== undefined) return found;
  const names = [...registry.clients.keys()].slice(0, 20).join(', ');
  return wrongUsage(`there is no client ${printable(name)}`, `there are: ${names}`);
}

interface Described {
  readonly name: string;
  readonly file?: string;
  readonly contact?: string;
  readonly identities: readonly { readonly kind: Identity['kind']; readonly text: string; readonly endsIn?: number }[];
  readonly allow: readonly string[];
  readonly addresses?: readonly string[];
  /** Further conditions, its groups' too: all of them. */
  readonly require?: readonly { readonly text: string; readonly at: Place }[];
  /** YYYY-MM-DD, both included. */
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly tier?: string;
}

function describe(client: Client, registry: Registry, now: number): Described {
  const { name, contact, rules, addresses, require, validFrom, validUntil, tier, at } = client;
  return {
    name,
    file: at.file,
    contact,
    identities: client.identities.map((identity) => ({
      kind: identity.kind,
      text: identityText(identity),
      endsIn: endsIn(identity, registry, now),
    })),
    allow: rules.map(({ pattern }) => pattern.text),
    addresses: addresses?.map(({ text }) => text),
    require: require.length === 0 ? undefined : require.map(requirementText),
    validFrom: validFrom === undefined ? undefined : isoDay(validFrom),
    validUntil: validUntil === undefined ? undefined : isoDay(validUntil),
    tier,
  };
}

function requirementText({ any, at }: Requirement) {
  return { text: any.map(conditionText).join(' or '), at };
}

export function identityText(identity: Identity): string {
  switch (identity.kind) {
    case 'subject':
    case 'subject-glob':
      return `${identity.subject} from ${identity.authority}`;
    case 'san':
    case 'san-glob':
      return `${identity.san.kind} ${identity.san.value} from ${identity.authority}`;
    case 'key':
      return `key ${identity.spkiSha256.slice(0, 16)} from ${identity.authority ?? 'any authority'}`;
    case 'certificate':
      return `exactly ${formatName(identity.certificate.subject)}, sha256 ${identity.sha256.slice(0, 16)}`;
  }
}

/** Days until the last certificate ends that can vouch for it: the registered one, or the issuer that lasts longest. */
function endsIn(identity: Identity, registry: Registry, now: number): number | undefined {
  const vouching =
    identity.kind === 'certificate'
      ? [identity.certificate]
      : (registry.authorities.get(identity.authority ?? '')?.issuers ?? []);
  if (vouching.length === 0) return undefined;
  return Math.floor((Math.max(...vouching.map(({ notAfter }) => notAfter)) - now) / dayMilliseconds);
}

function show(described: Described, output: Output): void {
  const { name, file, contact, identities, allow, addresses, require, validFrom, validUntil, tier } = described;
  const line = (what: string, text: string | undefined) => {
    if (text !== undefined) output.out(`${output.faint(what.padEnd(12))}${printable(text)}`);
  };
  line('client', name);
  line('file', file);
  line('contact', contact);
  for (const { text, kind, endsIn: days } of identities) {
    const what = kind === 'certificate' ? 'it ends' : 'its issuer ends';
    line('known as', days === undefined ? text : `${text}; ${days < 0 ? `${what}: over` : `${what} in ${days} days`}`);
  }
  for (const pattern of allow) line('may', pattern);
  line('from', addresses?.join(', '));
  for (const { text, at } of require ?? []) line('only with', `${text} (${placeText(at)})`);
  line('since', validFrom);
  line('until', validUntil);
  line('tier', tier);
}

function placeText({ file, line }: Place): string {
  return `${file}${line === undefined ? '' : `:${line}`}`;
}
