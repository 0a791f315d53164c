import type { Command } from 'commander';
import { type CommandContext, examples } from '../terminal/command.ts';
import { addCertificateCommand } from './certificate.ts';

export function addDomainCommand(program: Command, context: CommandContext): Command {
  const domain = program
    .command('domain')
    .description('The name that partners call, and its server certificate.')
    .addHelpText(
      'before',
      examples([
        ['sallyport domain certificate --dns-elsewhere', 'where Route 53 of this account does not have the zone'],
      ]),
    );
  addCertificateCommand(domain, context);
  return domain;
}
