import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { formatCost } from '../lib/cost.ts';
import { frontFrom, specimenOf } from '../lib/preflight.ts';
import { costOf, stacksOf } from '../lib/stacks.ts';
import type { FrontConfig } from '../src/config/front.ts';
import { formatProblem, type Problem, ProblemError } from '../src/core/problem.ts';
import { buildStaleBundles } from './fresh-bundles.ts';

/**
 * The CDK app: `cdk deploy --all`, or with `-c front=path/to/front` another folder than this one. Gives the exit code:
 * 1 when the front's files do not describe what can be deployed.
 */
export function synthesise(): number {
  // Only a synth that was asked for: by itself CDK would write what there is of a front even after a refusal.
  const app = new App({ autoSynth: false });
  const folder = String(app.node.tryGetContext('front') ?? '.');
  try {
    const written = frontFrom(folder);
    const specimen = specimenOf(written);
    const config = specimen?.config ?? written;
    buildStaleBundles((line) => process.stderr.write(`${line}\n`));
    stacksOf(app, config);
    Validations.of(app).addPlugins(new AwsSolutionsChecks());
    app.synth();
    process.stderr.write(`${formatCost(costOf(config))}\n`);
    if (specimen !== undefined) process.stderr.write(`${onlyShown(specimen, folder)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const count = error.problems.length === 1 ? 'one problem' : `${error.problems.length} problems`;
    process.stderr.write(`the front in ${resolve(folder)} cannot be deployed, ${count}:\n`);
    process.stderr.write(`${error.problems.map((problem) => formatProblem(inFolder(problem, folder))).join('\n')}\n`);
    return 1;
  }
}

/** How to go on from a front that can only be looked at. */
function onlyShown({ config, missing }: { config: FrontConfig; missing: readonly Problem[] }, folder: string): string {
  return [
    `These are the templates of ${config.label}, to look at: no account takes them. Before a deploy:`,
    ...missing.map((problem) => `  ${formatProblem(inFolder(problem, folder)).replaceAll('\n', '\n  ')}`),
    '  → a front of your own: npx sallyport init my-front; docs/deploy.md goes on from there',
  ].join('\n');
}

/** A place as it is found from where the command was typed. */
function inFolder(problem: Problem, folder: string): Problem {
  const file = problem.place?.file;
  if (file === undefined || folder === '.') return problem;
  return { ...problem, place: { ...problem.place, file: `${folder.replace(/\/$/, '')}/${file}` } };
}
