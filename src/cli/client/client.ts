import type { Command } from 'commander';
import { addClientRemove } from '../changes/remove.ts';
import { type CommandContext, EXIT_CODES, examples } from '../terminal/command.ts';
import { addClientAdd } from './add.ts';
import { addClientKey } from './client-key.ts';
import { addClientList, addClientShow } from './client-show.ts';

export function addClientCommand(program: Command, context: CommandContext): Command {
  const client = program
    .command('client')
    .description('Who may come in: add from what a partner sent, list, show, remove.')
    .addHelpText(
      'before',
      examples([
        ['sallyport client add acme --from mail.txt --allow "GET /orders/**"', 'from whatever was sent'],
        ['sallyport client list', 'all of them'],
        ['sallyport client show acme', 'how it is known, what it may do, what ends when'],
        ['sallyport client remove acme', 'and who loses what'],
      ]),
    );
  addClientAdd(client, context);
  addClientList(client, context);
  addClientShow(client, context);
  addClientKey(client, context);
  addClientRemove(client, context);
  for (const one of client.commands) {
    one.showHelpAfterError(`  → sallyport client ${one.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return client;
}
