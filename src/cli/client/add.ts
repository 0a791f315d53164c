import type { Command } from 'commander';
import { editYaml } from '../../config/edit/edit-yaml.ts';
import { readFrontFiles } from '../../config/folder.ts';
import { decide } from '../../core/decide/decide.ts';
import { emptyOverlay } from '../../core/decide/overlay.ts';
import { reasonOf } from '../../core/decide/reasons.ts';
import { isName } from '../../core/name.ts';
import type { Problem } from '../../core/problem.ts';
import { loadRegistry } from '../../core/registry/load.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { identityKinds } from '../../partners/add/identity.ts';
import { type Proposal, propose, type Wish } from '../../partners/add/propose.ts';
import { agreeAndWrite, printProblems } from '../changes/agree.ts';
import { frontAfter, printChanges, textIn } from '../changes/changes.ts';
import { registryOf } from '../changes/registry.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { type GivenOptions, leafGiven, readGiven } from '../terminal/given.ts';
import { type Output, printable } from '../terminal/output.ts';
import { changeLines, type FileChange } from '../terminal/text-diff.ts';

interface AddOptions extends CommonOptions, GivenOptions {
  readonly from: readonly string[];
  readonly authority?: string;
  readonly identity?: string;
  readonly withoutLists?: string;
  readonly allow: readonly string[];
  readonly address: readonly string[];
  readonly contact?: string;
  readonly until?: string;
  readonly rotate?: boolean;
  readonly yes?: boolean;
}

const several = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

export function addClientAdd(client: Command, context: CommandContext): void {
  client
    .command('add')
    .description('From whatever a partner sent to a registered client: proposes files, or the text to send back.')
    .argument('<name>', 'of the client: lower-case letters, digits and -')
    .requiredOption(
      '--from <file...>',
      'what they sent: certificates, chains, PKCS#7, PKCS#12, a request, a mail, an archive',
    )
    .option('--allow <pattern>', 'what it may do, for example "GET /orders/**"; may stand several times', several, [])
    .option('--address <range>', 'where it may call from; may stand several times', several, [])
    .option('--contact <text>', 'whom to ask')
    .option('--until <day>', 'last day included, YYYY-MM-DD')
    .option('--authority <name>', 'name of a new authority; for a request the one that will sign it')
    .option('--identity <kind>', 'subject, san, or certificate (exactly this one)')
    .option('--without-lists <why>', 'for a new authority that publishes no revocation lists: what is done instead')
    .option('--certificate <which>', 'of several that they sent: its number, from 1, or its SHA-256')
    .option('--rotate', 'the client is there: this is one more identity of it')
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
    .option('--yes', 'write without asking')
    .addHelpText(
      'before',
      examples([
        ['sallyport client add acme --from mail.txt --allow "GET /orders/**"', 'see what would be written, then agree'],
        ['sallyport client add acme --from new.pem --rotate --yes', 'a second certificate beside the first'],
        ['sallyport client add acme --from a.cer ca.p7b --allow "GET /orders/**" --json', 'the proposal as data'],
      ]),
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<AddOptions>();
      await add(name, options, context);
    });
}

async function add(name: string, options: AddOptions, { output, end }: CommandContext): Promise<void> {
  const registry = registryOf(options.front);
  const wish = wishOf(name, options, registry);
  const given = await readGiven(options.from, 'what the partner sent', options);
  if (options.certificate !== undefined) await leafGiven(given, options);
  const proposal = propose(given.material, registry, wish, Date.now());
  if (wish.rotate && isAlready(proposal, wish, registry)) {
    const file = registry.clients.get(name)?.at.file ?? `truststore/clients/${name}.yaml`;
    if (options.json === true) output.json({ client: name, written: false, already: true, file });
    else {
      output.out(output.good(`nothing to do: this certificate is ${name} already (${file})`));
      output.out('with the same name from the same CA nothing changes when a certificate is renewed');
    }
    end(exitCodes.done);
    return;
  }
  const changes = proposal.gaps.length > 0 ? [] : changesOf(proposal, wish, options.front);
  const after = changes.length === 0 ? undefined : frontAfter(options.front, changes);
  const problems = after === undefined || after.config !== undefined ? [] : after.problems;
  const admitted =
    after?.config === undefined ? undefined : wouldEnter(proposal, wish, loadRegistry(after.config.registry));
  if (options.json !== true) print(proposal, changes, problems, admitted, output);
  const good = changes.length > 0 && problems.length === 0;
  const written = good && (await agreeAndWrite(changes, options, output));
  if (written && wish.rotate && options.json !== true) {
    output.err(
      `when the partner has moved, take its old line out of truststore/clients/${name}.yaml and publish again`,
    );
  }
  if (options.json === true) {
    const { gaps, warnings, identity, authority } = proposal;
    const files = changes.map((change) => ({
      file: change.file,
      text: change.after,
      diff: changeLines(change).map(({ sign, text }) => `${sign} ${text}`),
    }));
    output.json({
      client: name,
      written,
      identity,
      authority,
      gaps,
      warnings,
      files,
      problems,
      firstDecision: admitted,
    });
  }
  const locked = proposal.gaps.some(({ code }) => code === 'locked' || code === 'pkcs12_password');
  end(written ? exitCodes.done : locked ? exitCodes.undecided : exitCodes.no);
}

function wishOf(name: string, options: AddOptions, registry: Registry): Wish {
  const identity = identityKinds.find((kind) => kind === options.identity);
  if (options.identity !== undefined && identity === undefined) {
    wrongUsage(`--identity ${printable(options.identity)} is none`, `--identity ${identityKinds.join(' | ')}`);
  }
  if (!isName(name)) {
    wrongUsage(`${printable(name)} is no name of a client`, 'lower-case letters, digits and -, for example acme');
  }
  if (options.until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(options.until)) {
    wrongUsage(`--until ${printable(options.until)} is no day`, '--until 2027-06-30');
  }
  const known = registry.clients.has(name);
  if (known && options.rotate !== true) {
    wrongUsage(
      `client ${name} is there already`,
      `add one more identity to it: --rotate; or look: sallyport client show ${name}`,
    );
  }
  if (!known && options.rotate === true) {
    const names = [...registry.clients.keys()].slice(0, 20).join(', ');
    wrongUsage(`--rotate: there is no client ${name}`, `there are: ${names}`);
  }
  if (options.rotate === true && (options.allow.length > 0 || options.address.length > 0)) {
    wrongUsage('--rotate adds an identity only', `edit truststore/clients/${name}.yaml for the rest`);
  }
  const { authority, certificate, withoutLists, allow, address: addresses, contact, until: validUntil } = options;
  return {
    client: name,
    certificate,
    authority,
    identity,
    withoutLists,
    allow,
    addresses,
    contact,
    validUntil,
    rotate: known,
  };
}

function changesOf({ files, identity }: Proposal, { client, rotate }: Wish, front: string): readonly FileChange[] {
  const present = readFrontFiles(front);
  const taken = files.find(({ file }) => present.has(file));
  if (taken !== undefined) {
    return wrongUsage(`${taken.file} is there already`, 'choose another name (--authority for an authority)');
  }
  const added = files.map(({ file, text }): FileChange => ({ file, after: text }));
  if (!rotate || identity === undefined) return added;
  const file = `truststore/clients/${client}.yaml`;
  const before = textIn(present, file);
  const after = before === undefined ? undefined : editYaml(before, [{ key: 'identities', append: identity }]);
  if (after === undefined) {
    return wrongUsage(`${file} is laid out so that it has to be edited by hand`, `under identities: - ${identity}`);
  }
  return [...added, { file, before, after }];
}

function isAlready(proposal: Proposal, wish: Wish, registry: Registry): boolean {
  const now = wouldEnter(proposal, wish, registry);
  return now?.identified === true && now.reasons.length === 0;
}

interface FirstDecision {
  readonly identified: boolean;
  readonly reasons: readonly string[];
}

/** Whether the certificate, once this is live, is the client: what the first request may ask for is another matter. */
function wouldEnter({ leaf }: Proposal, { client }: Wish, registry: Registry): FirstDecision | undefined {
  if (leaf === undefined) return undefined;
  const request = { method: 'GET', path: '/', address: '192.0.2.1' };
  const decision = decide({ certificate: leaf.der, request, registry, overlay: emptyOverlay, now: Date.now() });
  if (decision.outcome === 'allow') return { identified: decision.client.name === client, reasons: [] };
  // the lists are not on this machine: whether it is revoked is asked when it calls
  const about = decision.reasons.filter(
    ({ code }) => ['certificate', 'identity'].includes(reasonOf(code).about) && code !== 'revocation_missing',
  );
  return { identified: decision.client?.name === client, reasons: about.map(({ code }) => code) };
}

function print(
  { identity, authority, gaps, warnings }: Proposal,
  changes: readonly FileChange[],
  problems: readonly Problem[],
  first: FirstDecision | undefined,
  output: Output,
): void {
  if (authority !== undefined) {
    output.out(
      `authority ${output.strong(authority.name)}${authority.isNew ? ' (new)' : ', which the front has already'}`,
    );
  }
  if (identity !== undefined) output.out(`identity  ${printable(identity)}`);
  printChanges(changes, output);
  for (const { code, text } of warnings) {
    const label = code === 'key_sent' ? output.bad('tell the partner') : output.strong(`note ${code}`);
    output.out(`${label}: ${printable(text)}`);
  }
  const toSend = gaps.filter(({ who }) => who === 'partner');
  if (toSend.length > 0) {
    output.out(output.bad('not yet; send this back:'));
    for (const { text } of toSend) output.out(`  ${printable(text)}`);
  }
  for (const { code, text } of gaps.filter(({ who }) => who === 'operator')) {
    output.out(`${output.bad(code)}: ${printable(text)}`);
  }
  if (problems.length > 0) printProblems(problems, output);
  if (first === undefined) return;
  if (first.identified && first.reasons.length === 0)
    output.out(output.good('decided with it: this certificate is the client'));
  else
    output.out(
      `decided with it: ${output.bad(first.reasons.join(', ') || 'not this client')} (sallyport why says more)`,
    );
}
