import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { parseDeployed } from '../../core/release/deployed.ts';
import { parameterNames } from '../../core/release/layout.ts';
import { awsOf, openAccountOf } from '../terminal/account.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';

interface RotateOptions extends CommonOptions {
  readonly profile?: string;
  readonly binding?: boolean;
  readonly leaked?: boolean;
}

export function addRotate(secret: Command, { output }: CommandContext): void {
  secret
    .command('rotate')
    .description('A new key between the two functions, without a refused request; takes about twelve minutes.')
    .option('--binding', 'the key that binds a decision to its request')
    .option('--leaked', 'the old key may be known: retire it at once, which refuses some requests for five minutes')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .addHelpText(
      'before',
      examples([
        ['sallyport secret rotate --binding', 'when you like; interrupted, the same command goes on'],
        ['sallyport secret rotate --binding --leaked', 'when somebody may have seen it'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<RotateOptions>();
      if (options.binding !== true)
        wrongUsage(
          'only the key between the functions is made by us; a backend’s credential is changed with its owner',
          'sallyport secret rotate --binding, or sallyport secret set NAME',
        );
      const config = readFrontOf(options.front);
      const settings = await openAccountOf(awsOf(config, ''), options.profile);
      const { openSsmParameters } = await import('../../aws/ssm-parameters.ts');
      const values = await openSsmParameters(config.id, settings).get([parameterNames.deployed]);
      const text = values.get(parameterNames.deployed);
      const id = text === undefined ? undefined : parseDeployed(text).bindingKey;
      if (id === undefined)
        return cannotDecide('what is deployed does not say which secret the key is', 'npx cdk deploy --all');
      const [{ openBindingSecret }, { rotateBinding, replaceLeakedBinding }] = await Promise.all([
        import('../../aws/binding-secret.ts'),
        import('../../aws/rotate-binding.ts'),
      ]);
      const means = {
        secret: openBindingSecret(id, settings),
        newKey: () => randomBytes(48).toString('base64url'),
        now: Date.now,
        wait: async (milliseconds: number) => void (await wait(milliseconds)),
        say: (line: string) => output.err(line),
      };
      await (options.leaked === true ? replaceLeakedBinding(means) : rotateBinding(means));
      if (options.json === true) output.json({ secret: id, leaked: options.leaked === true });
      else output.out(`${output.good('rotated')}: the key between authorizer and forwarder`);
    });
}
