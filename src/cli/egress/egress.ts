import { type Command, Option } from 'commander';
import type { FrontConfig } from '../../config/front.ts';
import { parseDeployed } from '../../core/release/deployed.ts';
import { parameterNames } from '../../core/release/layout.ts';
import { awsOf, openAccountOf } from '../terminal/account.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { egressForms } from './egress-forms.ts';

interface EgressOptions extends CommonOptions {
  readonly profile?: string;
  readonly as?: string;
}

export function addEgressCommand(program: Command, { output }: CommandContext): Command {
  return program
    .command('egress')
    .description('The addresses that requests to your backends come from, for the backend’s owner to allow.')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .addOption(new Option('--as <form>', 'as the lines to paste there').choices(Object.keys(egressForms)))
    .addHelpText(
      'before',
      examples([
        ['sallyport egress', 'one address a line'],
        ['sallyport egress --as nginx', 'for the configuration of nginx'],
        ['sallyport egress --as mendix', 'for an access restriction profile'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<EgressOptions>();
      const addresses = await addressesOf(readFrontOf(options.front), options.profile);
      const form = options.as === undefined ? undefined : egressForms[options.as];
      if (options.json === true) {
        output.json({ addresses, ...(form === undefined ? {} : { as: options.as, text: form.write(addresses) }) });
        return;
      }
      if (form !== undefined) output.err(form.what);
      output.out(form?.write(addresses) ?? addresses.join('\n'));
    });
}

async function addressesOf(config: FrontConfig, profile: string | undefined): Promise<readonly string[]> {
  const { egress } = config;
  const aws = awsOf(config);
  const settings = await openAccountOf(aws, profile);
  const { openSsmParameters } = await import('../../aws/ssm-parameters.ts');
  const parameters = openSsmParameters(config.id, settings);
  const text = (await parameters.get([parameterNames.deployed])).get(parameterNames.deployed);
  const addresses = text === undefined ? undefined : parseDeployed(text).addresses;
  if (addresses !== undefined) return addresses;
  const own = egress?.elasticIps ?? [];
  if (own.length > 0) {
    throw new CliFailure(exitCodes.undecided, 'the front uses Elastic IPs of your own, named by their ids only', {
      next: `aws ec2 describe-addresses --region ${aws.region} --allocation-ids ${own.join(' ')} --query 'Addresses[].PublicIp' --output text`,
    });
  }
  if (text === undefined) {
    return cannotDecide(`the front ${config.id} is not deployed in this account and Region`, 'npx cdk deploy --all');
  }
  return cannotDecide(
    'the front stands in a VPC of your own, whose addresses it does not know',
    'ask whoever runs its NAT gateways',
  );
}
