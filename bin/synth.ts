import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { formatCost } from '../lib/cost.ts';
import { frontFrom } from '../lib/preflight.ts';
import { costOf, stacksOf } from '../lib/stacks.ts';
import { formatProblem, ProblemError } from '../src/core/problem.ts';

/**
 * The CDK app: `cdk deploy --all`, or with `-c front=path/to/front` another folder than this one. Gives the exit code:
 * 1 when the front's files do not describe what can be deployed.
 */
export function synthesise(): number {
  // Only a synth that was asked for: by itself CDK would write what there is of a front even after a refusal.
  const app = new App({ autoSynth: false });
  const folder = String(app.node.tryGetContext('front') ?? '.');
  try {
    const config = frontFrom(folder);
    stacksOf(app, config);
    Validations.of(app).addPlugins(new AwsSolutionsChecks());
    app.synth();
    process.stderr.write(`${formatCost(costOf(config))}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    process.stderr.write(`${error.problems.map(formatProblem).join('\n')}\n`);
    return 1;
  }
}
