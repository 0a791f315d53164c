import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Block } from '../../core/decide/block.ts';
import { referenceOf } from '../../core/decide/reference.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { clientsDenied } from '../../core/release/block-target.ts';
import { addBlock, readBlocks } from '../../publish/block.ts';
import { type Live, readLive } from '../../publish/read-live.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { exitCodes } from '../terminal/failure.ts';
import type { GivenOptions } from '../terminal/given.ts';
import { printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { agreeToClients } from './agree.ts';
import { printBlocks } from './list.ts';
import {
  addLocalBlock,
  type BlockPlace,
  type BlockPlaceOptions,
  openBlockPlace,
  samePlace,
  withBlockPlaceOptions,
} from './place.ts';
import { reasonOf } from './reason.ts';
import { targetOf } from './target.ts';
import { untilOf } from './until.ts';

interface BlockOptions extends BlockPlaceOptions, GivenOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly key?: boolean;
  readonly log?: string;
  readonly clients?: string;
}

/** What a front's functions do with a block, in seconds: see src/core/release/freshness.ts and the setting maximumAgeSeconds. */
const bounds =
  'refused everywhere within 15 s while the store answers; while it does not, at the latest after maximumAgeSeconds (900 s unless set)';

export function addBlockCommand(program: Command, context: CommandContext): Command {
  const command = program
    .command('block [target]')
    .description(
      'Deny at once, without a publication: a client, certificate, key, serial number, CA, or address. Alone: what is blocked.',
    )
    .option('--reason <text>', 'why, for the record and the log')
    .option('--until <moment>', 'its effect ends then: 2027-06-30 (that day included, UTC) or 2027-06-30T12:00:00Z')
    .option('--key', 'TARGET is a public key: a certificate file, or the SHA-256 of its SPKI')
    .option('--log <file>', 'where the refusal of a REFERENCE stands')
    .option('--password-file <file>', 'of a PKCS#12 file')
    .option('--certificate <which>', 'of several certificates in the file: number from 1, or SHA-256')
    .option('--clients <number>', 'how many clients it may keep out, where it is more than one');
  return withBlockPlaceOptions(command)
    .addHelpText(
      'before',
      examples([
        ['sallyport block acme --reason "contract ended"', 'a client: its name, identities and keys'],
        ['sallyport block stolen.pem --reason "key on a public page"', 'a certificate and its key'],
        ['sallyport block acme-ca:0a1b2c --reason "reported lost"', 'one serial number of an authority'],
        ['sallyport block ca:acme-ca --reason "CA compromised" --clients 3', 'everything that it ever issued'],
        ['sallyport block 203.0.113.7 --until 2027-01-31 --reason "floods us"', 'an address or a range'],
        ['sallyport block 7k2m9q4x0c8w1r5t3v6z --reason "not ours"', 'what a refused caller presented'],
        ['sallyport block --id orders-3f9c --region eu-west-1 acme --reason …', 'without a checkout'],
        ['sallyport block', 'everything that is blocked'],
      ]),
    )
    .action(async (target: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<BlockOptions>();
      const place = await openBlockPlace(options);
      if (target === undefined) return printBlocks(await everything(place, options), context, options.json === true);
      await block(target, options, place, context);
    });
}

async function block(
  text: string,
  options: BlockOptions,
  place: BlockPlace,
  { output, end }: CommandContext,
): Promise<void> {
  const reason = reasonOf(options.reason, 'a block', `sallyport block ${text}`);
  const live = await liveOf(place, (line) => output.err(line));
  const target = await targetOf(text, live?.registry, options);
  const denied = live === undefined ? [] : clientsDenied(target.denies, live.registry);
  const until = untilOf(options.until, Date.now());
  output.err(`blocks ${printable(target.what)}`);
  if (live !== undefined)
    output.err(
      denied.length === 0
        ? 'keeps out no registered client as a whole'
        : `keeps out ${count(denied.length, 'client')} of ${live.registry.clients.size}: ${denied.slice(0, 20).join(', ')}${denied.length > 20 ? ', …' : ''}`,
    );
  if (target.note !== undefined) output.err(target.note);
  if (!(await agreeToClients(denied.length, options.clients))) {
    output.err('nothing is blocked');
    return end(exitCodes.no);
  }
  const entry: Block = {
    id: referenceOf(randomBytes(13)).slice(0, 8),
    target: target.what.slice(0, 300),
    denies: target.denies,
    reason,
    by: place.by,
    at: new Date().toISOString(),
    ...(until === undefined ? {} : { until }),
  };
  if (place.kind === 'dev') addLocalBlock(place.folder, entry);
  else await addBlock({ ...place.means, signer: await place.signer(), now: Date.now }, entry);
  if (options.json === true) return output.json({ format: 1, block: entry, clients: denied });
  output.out(
    `${output.good('blocked')}: ${entry.id}   (sallyport unblock ${entry.id}${samePlace(options)} --reason "why" lifts it)`,
  );
  output.out(place.kind === 'dev' ? 'the running dev refuses it from now on' : bounds);
  if (denied.length > 0 && place.kind !== 'dev')
    output.out(
      `next: take ${denied.length === 1 ? 'it' : 'them'} out of the files and publish; the block stays until it is lifted`,
    );
}

interface Read {
  readonly live: Live | undefined;
  readonly registry: Registry;
}

/** What is live, as far as it can be read: a leaked key is blocked also while the release is damaged. */
async function liveOf(place: BlockPlace, say: (line: string) => void): Promise<Read | undefined> {
  if (place.kind === 'dev') return { live: undefined, registry: loadRegistry(place.document) };
  try {
    const live = await readLive(place.means);
    return live === undefined ? undefined : { live, registry: loadRegistry(live.document) };
  } catch (error) {
    say(
      `note: the live release cannot be read (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
    return undefined;
  }
}

async function everything(place: BlockPlace, _options: BlockOptions) {
  if (place.kind === 'dev') return { blocks: place.blocks(), lifts: [] };
  return readBlocks({ ...place.means, signer: await place.signer() });
}
