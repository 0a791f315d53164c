import type { Command } from 'commander';
import { liftBlock } from '../publish/block.ts';
import { type BlockPlaceOptions, openBlockPlace, withBlockPlaceOptions, writeLocalBlocks } from './block/place.ts';
import { reasonOf } from './block/reason.ts';
import { type CommandContext, examples } from './terminal/command.ts';
import { wrongUsage } from './terminal/failure.ts';

interface UnblockOptions extends BlockPlaceOptions {
  readonly reason?: string;
}

export function addUnblockCommand(program: Command, { output }: CommandContext): Command {
  const command = program
    .command('unblock <id>')
    .description('Lift one block; nothing else does. The record keeps it.')
    .option('--reason <text>', 'why, for the record');
  return withBlockPlaceOptions(command)
    .addHelpText(
      'before',
      examples([
        ['sallyport block', 'what is blocked, each with its id'],
        ['sallyport unblock 7k2m9q4x --reason "new key in place"', 'lift that one'],
      ]),
    )
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<UnblockOptions>();
      const reason = reasonOf(options.reason, 'lifting a block', `sallyport unblock ${id}`);
      const place = await openBlockPlace(options);
      if (place.kind === 'dev') {
        const blocks = place.blocks();
        if (!blocks.some((block) => block.id === id))
          return wrongUsage(`no block ${id}`, 'sallyport block --dev   lists all of them');
        writeLocalBlocks(
          place.folder,
          blocks.filter((block) => block.id !== id),
        );
      } else {
        const at = new Date().toISOString();
        const lift = { block: id, reason, by: place.by, at };
        await liftBlock({ ...place.means, signer: await place.signer(), now: Date.now }, lift);
      }
      if (options.json === true) output.json({ format: 1, lifted: id });
      else output.out(`lifted: ${id}; who it denied is decided by the live release again, within 15 s`);
    });
}
