import { join } from 'node:path';
import type { Credentials } from '../../../src/aws/sign-v4.ts';
import { type ChildResult, run } from '../machine/child.ts';
import { account, type Emulator, operatorEnvironment, region } from '../machine/emulator.ts';
import { expect } from '../steps.ts';
import { type Aws, ok } from './aws.ts';
import type { FrontFolder } from './front.ts';

/** Types commands: the CDK's and ours, as they stand in the documents. */
export interface Operator {
  bootstrap(): Promise<void>;
  /** `cdk <args>` on this front; `app` is another CDK app than the project's. */
  cdk(front: FrontFolder, args: readonly string[], app?: string): Promise<ChildResult>;
  /** `cdk deploy --all`, which must succeed. */
  deploy(front: FrontFolder, app?: string): Promise<ChildResult>;
  /** `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name NAME` */
  unprotect(stack: string): Promise<void>;
  sallyport(front: FrontFolder, args: readonly string[], as?: Credentials, input?: string): Promise<ChildResult>;
  /** `sallyport secret set erp`, typed on standard input. */
  setSecret(front: FrontFolder, value: string): Promise<void>;
  /** `sallyport publish`, which must succeed. */
  publish(front: FrontFolder, reason: string, as?: Credentials): Promise<PublishReport>;
  status(front: FrontFolder, as?: Credentials): Promise<StatusReport>;
}

export interface PublishReport {
  readonly outcome: 'published' | 'unchanged';
  readonly release: string;
  readonly sequence: number;
}

export interface StatusReport {
  readonly live: { readonly release: string; readonly sequence: number } | null;
  readonly same: boolean;
  readonly drift: readonly string[];
}

const quiet = ['--no-notices', '--no-version-reporting'];

export function openOperator(emulator: Emulator, aws: Aws, scratch: string): Operator {
  const cdk = (args: readonly string[]): Promise<ChildResult> =>
    run(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args, ...quiet], {
      // The app is a process of the CDK's, which looks `node` up.
      env: operatorEnvironment(emulator, { PATH: `${join(process.execPath, '..')}:${process.env.PATH ?? ''}` }),
    });
  const onFront: Operator['cdk'] = (front, args, app) =>
    cdk([
      ...args,
      ...['-c', `front=${front.folder}`, '-o', join(scratch, `cdk.out-${front.id}`)],
      ...(app === undefined ? [] : ['--app', app]),
    ]);
  const sallyport: Operator['sallyport'] = (front, args, as, input) =>
    run(process.execPath, ['bin/sallyport.ts', '--front', front.folder, ...args], {
      env: operatorEnvironment(emulator, as === undefined ? {} : environmentOf(as)),
      input,
    });
  return {
    async bootstrap() {
      const { status, all } = await cdk(['bootstrap', `aws://${account}/${region}`, '--app', '']);
      expect(status === 0, 'cdk bootstrap succeeds', all.slice(-2000));
    },
    cdk: onFront,
    async deploy(front, app) {
      const done = await onFront(front, ['deploy', '--all', '--require-approval', 'never'], app);
      expect(done.status === 0, 'cdk deploy succeeds', done.all.slice(-3000));
      return done;
    },
    async unprotect(stack) {
      const input = { StackName: stack, EnableTerminationProtection: 'false' };
      await ok(aws.query('cloudformation', 'UpdateTerminationProtection', input));
    },
    sallyport,
    async setSecret(front, value) {
      const { status, all } = await sallyport(front, ['secret', 'set', 'erp'], undefined, value);
      expect(status === 0 && !all.includes(value), 'sallyport secret set succeeds and does not print the value', all);
    },
    async publish(front, reason, as) {
      const { status, stdout, all } = await sallyport(front, ['--json', 'publish', '--yes', '--reason', reason], as);
      expect(status === 0, 'sallyport publish succeeds', all);
      return JSON.parse(stdout) as PublishReport;
    },
    async status(front, as) {
      const { status, stdout, all } = await sallyport(front, ['--json', 'status'], as);
      expect(status === 0, 'sallyport status answers', all);
      return JSON.parse(stdout) as StatusReport;
    },
  };
}

const environmentOf = ({ accessKeyId, secretAccessKey, sessionToken = '' }: Credentials): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});
