import type { ClientSettings } from '../../aws/clients.ts';
import type { FrontConfig } from '../../config/front.ts';
import { cannotDecide } from './failure.ts';

export type AwsPlace = NonNullable<FrontConfig['aws']>;

/** The account and Region of a front; `or` is what else would do. */
export function awsOf({ aws }: FrontConfig, or = ''): AwsPlace {
  return (
    aws ??
    cannotDecide(
      'sallyport.yaml does not say in which account and Region the front is',
      `add aws: { account: "222222222222", region: eu-west-1 }${or}`,
    )
  );
}

/** Settings for the front's own account: in another one every answer would be about somebody else. */
export async function openAccountOf(aws: AwsPlace, profile: string | undefined): Promise<ClientSettings> {
  // Loaded only now: the SDK takes longer to load than most commands to run.
  const { readCaller } = await import('../../aws/caller.ts');
  const settings = { region: aws.region, profile };
  const { account, arn } = await readCaller(settings);
  if (account === aws.account) return settings;
  return cannotDecide(
    `these credentials are of account ${account} (${arn}), and the front is in ${aws.account}`,
    `aws sso login with a profile of account ${aws.account}, then --profile NAME`,
  );
}
