import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { ClientSettings } from './clients.ts';

export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** Whose credentials these are. */
export async function readCaller(settings: ClientSettings): Promise<Caller> {
  const { Account, Arn } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined) throw new Error('STS does not say whose credentials these are');
  return { account: Account, arn: Arn };
}
