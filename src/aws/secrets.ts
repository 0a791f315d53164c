import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type ClientSettings, isNamed } from './clients.ts';

interface StoredSecret {
  /** Without the front's prefix: as connections name it. */
  readonly name: string;
  /** Epoch ms of the last change; undefined when AWS does not say. */
  readonly changedAt?: number;
}

export interface Secrets {
  list(): Promise<readonly StoredSecret[]>;
  /** Creates the secret or gives it a new value; the old one stays as its previous version. */
  set(name: string, value: string): Promise<'created' | 'changed'>;
}

/** Those of the names that no secret has, or one that is about to be deleted. Values are not read. */
export async function missingSecrets(
  prefix: string,
  names: readonly string[],
  settings: ClientSettings,
): Promise<readonly string[]> {
  const client = new SecretsManagerClient(settings);
  const isMissing = async (name: string): Promise<boolean> => {
    try {
      return (await client.send(new DescribeSecretCommand({ SecretId: `${prefix}${name}` }))).DeletedDate !== undefined;
    } catch (error) {
      if (isNamed(error, 'ResourceNotFoundException')) return true;
      throw error;
    }
  };
  const answers = await Promise.all(names.map(isMissing));
  return names.filter((_, index) => answers[index]);
}

/** A front's secrets in Secrets Manager: those whose names begin with `prefix`. Values are written, never read. */
export function openSecretsManager(prefix: string, settings: ClientSettings): Secrets {
  const client = new SecretsManagerClient(settings);
  return {
    async list() {
      const found: StoredSecret[] = [];
      const pages = paginateListSecrets({ client }, { Filters: [{ Key: 'name', Values: [prefix] }] });
      for await (const { SecretList = [] } of pages) {
        for (const { Name = '', LastChangedDate, CreatedDate } of SecretList) {
          if (!Name.startsWith(prefix)) continue;
          found.push({ name: Name.slice(prefix.length), changedAt: (LastChangedDate ?? CreatedDate)?.getTime() });
        }
      }
      return found;
    },
    async set(name, value) {
      const id = `${prefix}${name}`;
      try {
        await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
        return 'changed';
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
      }
      await client.send(new CreateSecretCommand({ Name: id, SecretString: value }));
      return 'created';
    },
  };
}
