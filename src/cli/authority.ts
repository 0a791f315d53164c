import type { Command } from 'commander';
import { dayMilliseconds } from '../core/day.ts';
import { isName } from '../core/name.ts';
import type { Registry } from '../core/registry/registry.ts';
import { readableName } from '../core/x509/names/readable.ts';
import type { Gap, Warning } from '../partners/add/gap.ts';
import { agreeAndWrite, printProblems } from './changes/agree.ts';
import type { ChangeOptions } from './changes/changes.ts';
import { frontAfter, printChanges } from './changes/changes.ts';
import { registryOf } from './changes/registry.ts';
import { addAuthorityRemove } from './changes/remove.ts';
import { type CommandContext, type CommonOptions, EXIT_CODES, examples } from './terminal/command.ts';
import { exitCodes, wrongUsage } from './terminal/failure.ts';
import { foundInstead, readGiven, refuseLocked } from './terminal/given.ts';
import { printable } from './terminal/output.ts';
import type { PasswordOptions } from './terminal/password.ts';

export function addAuthorityCommand(program: Command, context: CommandContext): Command {
  const authority = program
    .command('authority')
    .description('Whose CAs vouch for clients: add, list, remove.')
    .addHelpText(
      'before',
      examples([
        [
          'sallyport authority add acme-ca --from chain.p7b --without-lists "We take clients out by hand"',
          'from what was sent',
        ],
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

interface AddOptions extends ChangeOptions, PasswordOptions {
  readonly from: readonly string[];
  readonly withoutLists?: string;
}

function addAuthorityAdd(authority: Command, { output, end }: CommandContext): void {
  authority
    .command('add')
    .description('A new authority from a chain of CA certificates.')
    .argument('<name>', 'of the authority: lower-case letters, digits and -')
    .requiredOption(
      '--from <file...>',
      'the chain, in any order and shape: PEM, DER, PKCS#7, PKCS#12, a mail, an archive',
    )
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
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
      const { files, gaps, warnings } = await proposed(name, options, registry);
      const changes = files.map(({ file, text }) => ({ file, after: text }));
      const { config, problems } = frontAfter(options.front, changes);
      const wrong = config === undefined ? problems.filter(({ code }) => code !== 'registry_empty') : [];
      if (options.json !== true) {
        printChanges(changes, output);
        for (const { code, text } of warnings) output.out(`${output.strong(`note ${code}`)}: ${printable(text)}`);
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
          warnings,
          problems: wrong,
          files: changes.map(({ file, after }) => ({ file, text: after })),
        });
      end(written ? exitCodes.done : exitCodes.no);
    });
}

interface Proposed {
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly Warning[];
}

/** The one CA that has signed no other is the one that signs clients; with a client's certificate, the one that signed that. */
async function proposed(name: string, options: AddOptions, registry: Registry): Promise<Proposed> {
  const { authorityFrom } = await import('../partners/add/new-authority.ts');
  const given = await readGiven(options.from, 'the chain', options);
  const wish = { name, withoutLists: options.withoutLists };
  const proposal = authorityFrom(given.material, registry, wish, Date.now());
  if ('several' in proposal) {
    const names = proposal.several.map(({ subject }) => readableName(subject)).join('; ');
    return wrongUsage(
      `several CAs could sign clients: ${printable(names)}`,
      'give one chain: the CA that signs clients and those above it',
    );
  }
  if ('none' in proposal) {
    await refuseLocked(given);
    return wrongUsage(
      `there is no CA certificate that could sign clients in this (${foundInstead(given)})`,
      'sallyport inspect FILE says what it is',
    );
  }
  return proposal;
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
          subject: readableName(ca.subject),
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
