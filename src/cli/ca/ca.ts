import type { Command } from 'commander';
import { type CommandContext, EXIT_CODES, examples } from '../terminal/command.ts';
import { addCaInit } from './init.ts';
import { addCaRenew } from './renew.ts';
import { addCaRevoke } from './revoke.ts';
import { addCaSign } from './sign.ts';

export function addCaCommand(program: Command, context: CommandContext): Command {
  const ca = program
    .command('ca')
    .description('A small CA of your own, for partners that have none.')
    .addHelpText(
      'before',
      examples([
        ['sallyport ca init our-ca --passphrase-file pw --without-lists "We take clients out by hand"', 'make it'],
        ['sallyport ca sign acme.csr --client acme --passphrase-file pw', 'a certificate for a client'],
        ['sallyport ca revoke acme.pem --authority our-ca --passphrase-file pw', 'and back'],
      ]),
    );
  addCaInit(ca, context);
  addCaSign(ca, context);
  addCaRevoke(ca, context);
  addCaRenew(ca, context);
  for (const one of ca.commands) {
    one.showHelpAfterError(`  → sallyport ca ${one.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return ca;
}
