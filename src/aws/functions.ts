import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  paginateListFunctions,
} from '@aws-sdk/client-lambda';
import { settings } from '../core/settings.ts';
import type { ClientSettings } from './clients.ts';

/** The function that decides for a front. */
export interface DecidingFunction {
  readonly arn: string;
  /** Reserved concurrency; undefined: none, 0: it is closed. */
  readonly reserved?: number;
}

export interface Functions {
  /** Those whose settings name the front: Lambda alone is asked, neither S3, SSM nor KMS. */
  deciding(frontId: string): Promise<readonly DecidingFunction[]>;
  /** From the next request on the function is not invoked, and API Gateway answers 500: nobody is let in. */
  close(arn: string): Promise<void>;
  /** @param reserved what it was before; undefined: no reservation */
  open(arn: string, reserved: number | undefined): Promise<void>;
}

export function openFunctions(client: ClientSettings): Functions {
  const lambda = new LambdaClient(client);
  return {
    async deciding(frontId) {
      const arns: string[] = [];
      for await (const page of paginateListFunctions({ client: lambda }, {})) {
        for (const { FunctionArn, Environment } of page.Functions ?? []) {
          const variables = Environment?.Variables ?? {};
          const isAuthorizer = variables[settings.pointerKey.name] !== undefined;
          const release = variables[settings.release.name] ?? '';
          if (FunctionArn !== undefined && isAuthorizer && release.endsWith(`#${frontId}`)) arns.push(FunctionArn);
        }
      }
      return Promise.all(
        arns.map(async (arn) => {
          const answer = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: arn }));
          return { arn, reserved: answer.ReservedConcurrentExecutions };
        }),
      );
    },
    async close(arn) {
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: arn, ReservedConcurrentExecutions: 0 }));
    },
    async open(arn, reserved) {
      if (reserved === undefined) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: arn }));
      else {
        const input = { FunctionName: arn, ReservedConcurrentExecutions: reserved };
        await lambda.send(new PutFunctionConcurrencyCommand(input));
      }
    },
  };
}
