import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { App } from 'aws-cdk-lib';
import { stacksOf } from '../../lib/stacks.ts';
import { frontConfig } from './front-folder.ts';

const context = { 'aws:cdk:bundling-stacks': [] };

test('what functions are made of is put together in the assembly, and nothing of it is left in the temporary folder', () => {
  const config = frontConfig();
  const mine = () =>
    readdirSync(tmpdir()).filter((name) => /^sallyport-(?:authorizer|forwarder|first-release|[^-]{6}$)/.test(name));
  const before = mine();
  const app = new App({ context });
  stacksOf(app, config);
  expect(readdirSync(app.outdir).filter((name) => name.startsWith('bundle.'))).toHaveLength(3);
  expect(mine().filter((name) => !before.includes(name))).toEqual([]);
});

test('equal files give equal templates, wherever the assembly lies', () => {
  const config = frontConfig();
  const [one, two] = [1, 2].map(() => {
    const app = new App({ context });
    const { front } = stacksOf(app, config);
    return app.synth().getStackArtifact(front.artifactId).template;
  });
  expect(one).toEqual(two);
});
