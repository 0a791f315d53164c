import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { KeyStage } from './binding-keys.ts';
import type { ClientSettings } from './clients.ts';
import type { BindingSecret } from './rotate-binding.ts';

/** The secret of the binding key in Secrets Manager: its versions by their stages. Values are written, never read. */
export function openBindingSecret(id: string, settings: ClientSettings): BindingSecret {
  const client = new SecretsManagerClient(settings);
  const move = async (stage: KeyStage, to: string | undefined, from: string | undefined) =>
    void (await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: id,
        VersionStage: stage,
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      }),
    ));
  return {
    async read() {
      const {
        VersionIdsToStages = {},
        LastChangedDate,
        CreatedDate,
      } = await client.send(new DescribeSecretCommand({ SecretId: id }));
      const versionOf = (stage: KeyStage) =>
        Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0];
      return {
        current: versionOf('AWSCURRENT'),
        previous: versionOf('AWSPREVIOUS'),
        pending: versionOf('AWSPENDING'),
        changedAt: (LastChangedDate ?? CreatedDate)?.getTime() ?? 0,
      };
    },
    async put(value, stage) {
      await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value, VersionStages: [stage] }));
    },
    keep: (current) => move('AWSPREVIOUS', current, undefined),
    // AWSPREVIOUS follows by itself to the version that was current.
    promote: (version, from) => move('AWSCURRENT', version, from),
    drop: (stage, version) => move(stage, undefined, version),
  };
}
