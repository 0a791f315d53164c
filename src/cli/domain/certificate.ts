import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Certificates, RequestedCertificate, ValidationRecord } from '../../aws/certificates.ts';
import { withCertificate } from '../../config/edit/edit-domain.ts';
import type { FrontConfig } from '../../config/front.ts';
import { frontFile } from '../../config/front-files.ts';
import { frontAfter, printChanges, writeChanges } from '../changes/changes.ts';
import { awsOf, openAccountOf } from '../terminal/account.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { type Output, printable } from '../terminal/output.ts';

interface CertificateOptions extends CommonOptions {
  readonly profile?: string;
  readonly wait: string;
  readonly every: string;
  readonly dnsElsewhere?: boolean;
}

export function addCertificateCommand(domain: Command, { output }: CommandContext): void {
  domain
    .command('certificate')
    .description('Ask ACM for the server certificate where DNS is elsewhere: prints the record, waits, writes the ARN.')
    .option('--dns-elsewhere', 'put it in the place of hostedZone: the zone is not in Route 53 of this account')
    .option('--wait <minutes>', 'how long to wait for the record; 0 does not', '60')
    .option('--every <seconds>', 'how often to look', '15')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .addHelpText(
      'before',
      examples([
        ['sallyport domain certificate --dns-elsewhere', 'request it, show the record, wait, write the ARN'],
        [
          'sallyport domain certificate --dns-elsewhere --wait 0',
          'show the record again, or write the ARN of what is issued by now',
        ],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<CertificateOptions>();
      const [minutes, seconds] = [numberIn(options.wait, '--wait', 1440), numberIn(options.every, '--every', 3600)];
      const config = readFrontOf(options.front);
      const aws = awsOf(config);
      const name = nameOf(config, options);
      const settings = await openAccountOf(aws, options.profile);
      const { openCertificates } = await import('../../aws/certificates.ts');
      const certificates = openCertificates(settings);
      const arn =
        config.domain?.certificate ??
        (await certificates.find(name)) ??
        (await request(certificates, name, config, output));
      const certificate = await issued(certificates, arn, { minutes, seconds }, output);
      if (certificate.status !== 'ISSUED') return notIssued(certificate);
      const written = writeArn(options.front, arn, output);
      if (options.json === true)
        output.json({ arn, status: certificate.status, records: certificate.records, written });
      else output.out(`${output.good('issued')}: ${arn}, in ${frontFile}; next: npx cdk deploy --all`);
    });
}

function numberIn(text: string, option: string, maximum: number): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > maximum)
    wrongUsage(`${option} ${printable(text)} is not a number up to ${maximum}`, `${option} 15`);
  return Number(text);
}

function nameOf({ domain }: FrontConfig, { dnsElsewhere }: CertificateOptions): string {
  if (domain === undefined) {
    return cannotDecide(
      `${frontFile} does not say which name the front has`,
      'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
    );
  }
  if (domain.hostedZone !== undefined && dnsElsewhere !== true) {
    throw new CliFailure(exitCodes.no, `the deploy makes the certificate, through the zone ${domain.hostedZone.name}`, {
      next: 'sallyport domain certificate --dns-elsewhere   (when the zone is not in Route 53 of this account)',
    });
  }
  return domain.name;
}

async function request(certificates: Certificates, name: string, { id }: FrontConfig, output: Output): Promise<string> {
  const arn = await certificates.request(name, id);
  output.err(`requested for ${name}: ${arn}`);
  return arn;
}

/** Looks until it is issued, has failed, or the time is over; says the record once, as soon as ACM has it. */
async function issued(
  certificates: Certificates,
  arn: string,
  { minutes, seconds }: { readonly minutes: number; readonly seconds: number },
  output: Output,
): Promise<RequestedCertificate> {
  let told = false;
  for (let waited = 0; ; waited += seconds) {
    const certificate = await certificates.read(arn);
    if (certificate.status !== 'PENDING_VALIDATION') return certificate;
    if (!told && certificate.records.length > 0) {
      told = true;
      for (const line of letterOf(certificate.records)) output.err(line);
    }
    // Even `--wait 0` shows the record, which ACM has after some seconds.
    if (waited >= minutes * 60 && (told || waited >= 60)) return certificate;
    if (told && waited === 0)
      output.err('waiting until AWS has seen it; Ctrl-C stops that, and the same command goes on');
    await wait(seconds * 1000);
  }
}

/** What to forward to whoever runs the zone. */
function letterOf(records: readonly ValidationRecord[]): readonly string[] {
  return [
    'Please make this record, and leave it there: the certificate renews itself through it.',
    ...records.flatMap(({ name, type, value }) => [
      `  name   ${name}`,
      `  type   ${type}`,
      '  TTL    300',
      `  value  ${value}`,
    ]),
  ].map((line) => printable(line));
}

function notIssued({ arn, status, failure }: RequestedCertificate): never {
  if (status === 'PENDING_VALIDATION') {
    return cannotDecide(
      'the record is not seen yet, so nothing was written',
      'the same command goes on where this stopped',
    );
  }
  throw new CliFailure(exitCodes.no, `${arn} is ${status}${failure === undefined ? '' : `: ${failure}`}`, {
    next: `aws acm delete-certificate --certificate-arn ${arn}   # then the same command again; a CAA record must allow amazon.com`,
  });
}

/** Read again after the wait: somebody may have edited the file meanwhile. */
function writeArn(front: string, arn: string, output: Output): boolean {
  const before = readFileSync(join(front, frontFile), 'utf8');
  const after = withCertificate(before, arn);
  const line = `domain: { …, certificate: "${arn}" }`;
  if (after === undefined) return cannotDecide(`${frontFile} is written in a way that is not edited here`, line);
  if (after === before) return false;
  const change = { file: frontFile, before, after };
  const { config, problems } = frontAfter(front, [change]);
  if (config?.domain?.certificate !== arn)
    return cannotDecide('with the certificate the front would not compile', line, { problems });
  printChanges([change], output);
  writeChanges(front, [change]);
  return true;
}
