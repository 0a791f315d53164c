import { Command, CommanderError } from 'commander';
import { awsFailureOf } from '../aws/failure.ts';
import { formatProblem, ProblemError } from '../core/problem.ts';
import { addAuthorityCommand } from './authority.ts';
import { addBlockCommand } from './block/block.ts';
import { addCaCommand } from './ca/ca.ts';
import { addCallCommand } from './call/call.ts';
import { addClientCommand } from './client/client.ts';
import { addCloseCommand } from './close.ts';
import { addDevCommand } from './dev/dev.ts';
import { addDoctorCommand } from './doctor/doctor.ts';
import { addDomainCommand } from './domain/domain.ts';
import { addEgressCommand } from './egress/egress.ts';
import { addImportCommand } from './import/import.ts';
import { addInitCommand } from './init.ts';
import { addInspectCommand } from './inspect.ts';
import { addJobsCommand } from './jobs.ts';
import { addKitCommand } from './kit/kit.ts';
import { addLintCommand } from './lint/lint.ts';
import { addNameCommand } from './name/name.ts';
import { addPlanCommand } from './plan/plan.ts';
import { addPublishCommand } from './publish/publish.ts';
import { addReleasesCommand } from './releases.ts';
import { addRollbackCommand } from './rollback.ts';
import { addSecretCommand } from './secret/secret.ts';
import { addStatusCommand } from './status/status.ts';
import { type CommandContext, EXIT_CODES, examples } from './terminal/command.ts';
import { CliFailure, type ExitCode, exitCodeOf, exitCodes, profileIn } from './terminal/failure.ts';
import { type Output, openOutput } from './terminal/output.ts';
import { addUnblockCommand } from './unblock.ts';
import { addWhyCommand } from './why/why.ts';

/** Runs one command line (without `node` and the script) and gives the exit code. Never throws. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) {
    // `sallyport … | head` closes the pipe early: that ends the output, it is no failure of ours.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
  const output = openOutput(process.stdout, process.stderr);
  let exitCode: ExitCode = exitCodes.done;
  const program = buildProgram({
    output,
    end: (code) => {
      exitCode = code;
    },
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return exitCodes.usage;
    }
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, output, {
      debug: argv.includes('--debug'),
      json: argv.includes('--json'),
      profile: profileIn(argv),
    });
  }
}

function buildProgram(context: CommandContext): Command {
  const program = new Command('sallyport')
    .description('The guarded way in for partners with client certificates.')
    .option('--front <dir>', 'folder with sallyport.yaml and truststore/', '.')
    .option('--json', 'machine-readable: one JSON document on stdout (dev: one a line), prose on stderr')
    .option('--debug', 'print stack traces')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('  → sallyport --help')
    .addHelpText(
      'before',
      examples([
        ['sallyport init my-front', 'write a first folder'],
        ['sallyport --front my-front dev', 'run it on this machine, with made-up certificates'],
        ['sallyport call "GET /orders" --as acme', 'make one request to it and see every step'],
        ['sallyport why acme.pem --request "GET /orders"', 'may this certificate do this, and why (not)?'],
      ]),
    )
    .addHelpText('after', EXIT_CODES);
  for (const add of [
    addInitCommand,
    addDevCommand,
    addPlanCommand,
    addPublishCommand,
    addRollbackCommand,
    addReleasesCommand,
    addBlockCommand,
    addUnblockCommand,
    addCloseCommand,
    addJobsCommand,
    addStatusCommand,
    addCallCommand,
    addWhyCommand,
    addClientCommand,
    addAuthorityCommand,
    addLintCommand,
    addNameCommand,
    addInspectCommand,
    addKitCommand,
    addImportCommand,
    addCaCommand,
    addDoctorCommand,
    addDomainCommand,
    addSecretCommand,
    addEgressCommand,
  ]) {
    const command = add(program, context);
    command.showHelpAfterError(`  → sallyport ${command.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return program;
}

/** The one place where a throw becomes words and an exit code. */
function report(
  error: unknown,
  output: Output,
  how: { debug: boolean; json: boolean; profile: string | undefined },
): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.done; // --help
    if (how.json) output.json({ error: { message: error.message.replace(/^error: /, '') } });
    return exitCodes.usage; // commander has printed the message already
  }
  const failure = failureOf(error, how.profile);
  output.err(`sallyport: ${failure.message}`);
  for (const problem of failure.problems) output.err(`  ${formatProblem(problem).replaceAll('\n', '\n  ')}`);
  if (failure.next !== undefined) output.err(`  → ${failure.next}`);
  if (how.debug && error instanceof Error) output.err(error.stack);
  if (how.json) output.json({ error: { message: failure.message, next: failure.next, problems: failure.problems } });
  return failure.exitCode;
}

function failureOf(error: unknown, profile: string | undefined): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof ProblemError) {
    return new CliFailure(exitCodeOf(error.problems), 'refused what it was given', { problems: error.problems });
  }
  const failed = awsFailureOf(error, { profile });
  if (failed !== undefined) return new CliFailure(exitCodes.undecided, failed.message, { next: failed.next });
  return new CliFailure(exitCodes.undecided, `unexpected: ${error instanceof Error ? error.message : String(error)}`, {
    next: 'run it again with --debug to see where; if it stays, please report it with that output',
  });
}
