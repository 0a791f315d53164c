import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Finding, Item, Report } from '../partners/inspect/report.ts';
import type { Pkcs12Form } from '../partners/pkcs12.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { cannotDecide, exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile } from './terminal/files.ts';
import { readGiven } from './terminal/given.ts';
import { type Output, printable } from './terminal/output.ts';
import type { PasswordOptions } from './terminal/password.ts';

interface InspectCommandOptions extends CommonOptions, PasswordOptions {
  readonly reencode?: string;
  readonly out?: string;
}

export function addInspectCommand(program: Command, context: CommandContext): Command {
  return program
    .command('inspect')
    .description('What is this file, what is wrong with it, who can open it, and what to do.')
    .argument('<file>', 'anything that somebody sent: PEM, DER, PKCS#7, PKCS#12, CRL, CSR, a mail with one of them')
    .option('--password-file <file>', 'holds the password of a PKCS#12 file, on its first line')
    .option('--password-stdin', 'read that password from standard input')
    .option(
      '--reencode <form>',
      'write the PKCS#12 file again: modern (AES-256) or legacy (3DES, for Java 8 and old Windows)',
    )
    .option('--out <file>', 'where --reencode writes; never over an existing file')
    .addHelpText(
      'before',
      examples([
        ['sallyport inspect from-partner.txt', 'what did they send?'],
        ['sallyport inspect client.p12 --password-file pw', 'look into it'],
        [
          'sallyport inspect old.p12 --password-file pw --reencode modern --out new.p12',
          'what OpenSSL 3 and Node can read',
        ],
      ]),
    )
    .action(async (file: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<InspectCommandOptions>();
      const form = formOf(options);
      const { hasErrors } = await import('../partners/inspect/report.ts');
      const given = await readGiven([file], 'the file to inspect', options);
      const report = given.files[0]?.report ?? cannotDecide(`cannot read ${printable(file)}`, 'check the path');
      if (form !== undefined && options.out !== undefined) {
        await reencode(readBytesFile(file, 'the file to inspect'), given.password, form, options.out);
      }
      if (options.json === true) context.output.json(documentOf(report, options.out));
      else print(report, context.output);
      if (form !== undefined && options.json !== true) context.output.out(`written: ${options.out} (${form})`);
      // a wrong password: nobody can say what is in it
      const closed = report.items.some(({ findings }) => findings.some(({ code }) => code === 'pkcs12_password'));
      context.end(closed ? exitCodes.undecided : hasErrors(report) ? exitCodes.no : exitCodes.done);
    });
}

function formOf({ reencode: form, out }: InspectCommandOptions): Pkcs12Form | undefined {
  if (form === undefined)
    return out === undefined ? undefined : wrongUsage('--out without --reencode', '--reencode modern');
  if (form !== 'modern' && form !== 'legacy')
    return wrongUsage(`--reencode ${printable(form)} is no form`, '--reencode modern');
  if (out === undefined) return wrongUsage('--reencode without --out', '--out NEW.p12');
  return existsSync(out) ? wrongUsage(`${printable(out)} exists`, 'give a new name with --out') : form;
}

async function reencode(bytes: Uint8Array, password: string | undefined, form: Pkcs12Form, out: string): Promise<void> {
  const { encodePkcs12, openPkcs12 } = await import('../partners/pkcs12.ts');
  if (password === undefined || !/^[ -~]{1,128}$/.test(password)) {
    wrongUsage('--reencode needs a password of printable ASCII', '--password-file FILE');
  }
  const { keys, certificates } = openPkcs12(bytes, { password });
  const [key] = keys;
  if (key?.certificate === undefined || keys.length > 1) {
    return cannotDecide('--reencode takes a file with one key and its certificate', 'export that one key by itself');
  }
  const own = key.certificate;
  const others = certificates.filter((one) => one !== own).map(({ der }) => der);
  const friendlyName = key.friendlyName ?? own.friendlyName ?? 'client';
  const spec = { pkcs8: key.pkcs8, certificates: [own.der, ...others], password, friendlyName };
  writeFileSync(out, encodePkcs12(spec, form), { mode: 0o600, flag: 'wx' });
}

function print(report: Report, output: Output): void {
  output.out(output.strong(printable(report.summary)));
  for (const finding of report.findings) printFinding(finding, output, '');
  for (const item of report.items) printItem(item, output);
  if (report.readers.length > 0) output.out(output.faint('who takes this file as it is'));
  for (const { who, takes, how } of report.readers) {
    const verdict = takes ? output.good('yes') : output.bad('no ');
    output.out(`  ${who.padEnd(24)}${verdict}${how === undefined ? '' : `  ${printable(how)}`}`);
  }
}

function printItem({ kind, line, facts, findings }: Item, output: Output): void {
  output.out(`${output.faint(kind.replace('-', ' '))}${line === undefined ? '' : output.faint(` (line ${line})`)}`);
  for (const [name, value] of facts) output.out(`  ${output.faint(name.padEnd(16))}${printable(value)}`);
  for (const finding of findings) printFinding(finding, output, '  ');
}

function printFinding({ severity, code, message, remedy }: Finding, output: Output, indent: string): void {
  const word = severity === 'error' ? output.bad(code) : output.strong(code);
  output.out(`${indent}${word}: ${printable(message)}`);
  if (remedy !== undefined) output.out(`${indent}  → ${printable(remedy)}`);
}

function documentOf({ summary, findings, items, readers }: Report, out: string | undefined): Record<string, unknown> {
  return {
    summary,
    findings,
    items: items.map(({ der: _, facts, ...item }) => ({ ...item, facts: Object.fromEntries(facts) })),
    readers,
    written: out,
  };
}
