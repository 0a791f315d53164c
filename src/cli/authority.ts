import type { Command } from 'commander';
import { dayMilliseconds } from '../core/day.ts';
import { isName } from '../core/name.ts';
import type { Registry } from '../core/registry/registry.ts';
import { formatName } from '../core/x509/name.ts';
import { nameTextOf } from '../core/x509/name-text.ts';
import { newAuthority } from '../partners/add/authority.ts';
import { chainUp } from '../partners/add/chain-up.ts';
import { agreeAndWrite, printProblems } from './changes/agree.ts';
import type { ChangeOptions } from './changes/changes.ts';
import { frontAfter, printChanges } from './changes/changes.ts';
import { registryOf } from './changes/registry.ts';
import { addAuthorityRemove } from './changes/remove.ts';
import { type CommandContext, type CommonOptions, EXIT_CODES, examples } from './terminal/command.ts';
import { exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile } from './terminal/files.ts';
import { printable } from './terminal/output.ts';

export function addAuthorityCommand(program: Command, context: CommandContext): Command {
  const authority = program
    .command('authority')
    .description('Whose CAs vouch for clients: add, list, remove.')
    .addHelpText(
      'before',
      examples([
        ['sallyport authority add acme-ca --from chain.p7b --without-lists "We block by hand"', 'from what was sent'],
        ['sallyport authority list', 'all of them, and what ends when'],
        ['sallyport authority remove acme-ca', 'who loses access?'],
      ]),
    );
  addAuthorityAdd(authority, context);
  addAuthorityList(authority, context);
  addAuthorityRemove(authority, context);
  for (const one of authority.commands) {
    one.showHelpAfterError(`  → sallyport authority ${one.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return authority;
}

interface AddOptions extends ChangeOptions {
  readonly from: readonly string[];
  readonly withoutLists?: string;
}

function addAuthorityAdd(authority: Command, { output, end }: CommandContext): void {
  authority
    .command('add')
    .description('A new authority from a chain of CA certificates.')
    .argument('<name>', 'of the authority: lower-case letters, digits and -')
    .requiredOption('--from <file...>', 'the chain, in any order and shape')
    .option('--without-lists <why>', 'it publishes no revocation lists: what is done instead')
    .option('--yes', 'write without asking')
    .addHelpText(
      'before',
      examples([['sallyport authority add acme-ca --from chain.p7b', 'see the files, then agree']]),
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<AddOptions>();
      const registry = registryOf(options.front);
      if (!isName(name)) {
        wrongUsage(
          `${printable(name)} is no name of an authority`,
          'lower-case letters, digits and -, for example acme-ca',
        );
      }
      if (registry.authorities.has(name)) wrongUsage(`authority ${name} is there already`, 'choose another name');
      const { files, gaps } = await proposed(name, options, registry);
      const changes = files.map(({ file, text }) => ({ file, after: text }));
      const { config, problems } = frontAfter(options.front, changes);
      const wrong = config === undefined ? problems.filter(({ code }) => code !== 'registry_empty') : [];
      if (options.json !== true) {
        printChanges(changes, output);
        for (const { who, text } of gaps)
          output.out(`${output.bad(who === 'partner' ? 'send this back' : 'not yet')}: ${printable(text)}`);
        if (wrong.length > 0) printProblems(wrong, output);
      }
      const good = gaps.length === 0 && changes.length > 0 && wrong.length === 0;
      const written = good && (await agreeAndWrite(changes, options, output));
      if (options.json === true)
        output.json({
          authority: name,
          written,
          gaps,
          problems: wrong,
          files: changes.map(({ file, after }) => ({ file, text: after })),
        });
      end(written ? exitCodes.done : exitCodes.no);
    });
}

/** The one CA of the chain that has signed no other is the one that signs clients. */
async function proposed(name: string, { from, withoutLists }: AddOptions, registry: Registry) {
  const { inspectFile } = await import('../partners/inspect/inspect.ts');
  const { materialOf } = await import('../partners/add/material.ts');
  const files = from.map((file) => ({
    file: printable(file),
    report: inspectFile(readBytesFile(file, 'the chain'), { at: Date.now() }),
  }));
  const { cas } = materialOf(files);
  const lowest = cas.filter((ca) => !cas.some((other) => other !== ca && chainUp(other, [ca]).cas.length > 0));
  const [issuer, second] = lowest;
  if (issuer === undefined || second !== undefined) {
    const names = (lowest.length > 0 ? lowest : cas).map(({ subject }) => nameTextOf(subject)).join('; ');
    return wrongUsage(
      issuer === undefined
        ? 'there is no CA certificate that could sign clients in this'
        : `several CAs could sign clients: ${printable(names)}`,
      'give one chain: the CA that signs clients and those above it',
    );
  }
  const { cas: above, gap } = chainUp(issuer, cas);
  if (gap !== undefined) return { files: [], gaps: [gap] };
  return newAuthority({ chain: [issuer, ...above], name, withoutLists }, registry);
}

function addAuthorityList(authority: Command, { output }: CommandContext): void {
  authority
    .command('list')
    .description('All authorities: their CAs, who may sign clients, how many are known by them, what ends when.')
    .addHelpText('before', examples([['sallyport authority list', 'a paragraph each']]))
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const registry = registryOf(options.front);
      const now = Date.now();
      const authorities = [...registry.authorities.values()].map(({ name, certificates, issuers, revocation }) => ({
        name,
        clients: [...registry.clients.values()]
          .filter(({ identities }) => identities.some((one) => 'authority' in one && one.authority === name))
          .map((client) => client.name),
        certificates: certificates.map((ca) => ({
          subject: formatName(ca.subject),
          signsClients: issuers.includes(ca),
          daysLeft: Math.floor((ca.notAfter - now) / dayMilliseconds),
          sha256: ca.sha256,
        })),
        revocation: 'none' in revocation ? { none: revocation.none } : { lists: revocation.lists },
      }));
      if (options.json === true) return output.json({ authorities });
      for (const { name, clients, certificates, revocation } of authorities) {
        output.out(`${output.strong(name)}: ${clients.length === 0 ? 'no client' : clients.join(', ')}`);
        for (const { subject, signsClients, daysLeft } of certificates) {
          const left = daysLeft < 0 ? output.bad('expired') : `${daysLeft} days left`;
          output.out(`  ${signsClients ? 'signs clients' : 'completes    '}  ${printable(subject)}, ${left}`);
        }
        const known = revocation.none === undefined ? (revocation.lists ?? []).join(', ') : `none: ${revocation.none}`;
        output.out(output.faint(`  revocation     ${printable(known)}`));
      }
    });
}
