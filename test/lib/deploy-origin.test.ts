import { execFileSync } from 'node:child_process';
import { Template } from 'aws-cdk-lib/assertions';
import { frontFrom } from '../../lib/preflight.ts';
import { stacksOf } from '../../lib/stacks.ts';
import type { FrontConfig } from '../../src/config/front.ts';
import { frontConfig, frontFolder } from './front-folder.ts';
import { allOf, haveBundles, newApp, oneOf, propertiesOf, single, split } from './templates.ts';

const resource = 'Custom::SallyportFirstRelease';

const templatesOf = (config: FrontConfig) => {
  haveBundles();
  const stacks = stacksOf(newApp(), config);
  return { trust: Template.fromStack(stacks.trust), front: Template.fromStack(stacks.front) };
};

test('the template carries commit, version, what it descends from, and which secrets the connections read', () => {
  const folder = frontFolder({ deploy: '{ turnBackFrom: 1a2b3c4d5e6f }' });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  git('add', '.');
  for (const subject of ['one', 'two', 'three']) git('commit', '--quiet', '--allow-empty', '-m', subject);
  const [commit = '', ...before] = git('rev-list', 'HEAD').split('\n');
  const { trust, front } = templatesOf(frontFrom(folder));
  expect(propertiesOf(trust, resource)).toMatchObject({
    commit: commit.slice(0, 12),
    ancestors: before.map((each) => each.slice(0, 12)).join(','),
    shallow: 'false',
    turnBackFrom: '1a2b3c4d5e6f',
    secrets: 'erp:erp',
  });
  const deployed = JSON.stringify(propertiesOf(front, 'AWS::SSM::Parameter').Value);
  expect(deployed).toContain(commit);
  expect(deployed).toMatch(/\\"version\\":\\"\d+\.\d+\.\d+/);
  // The next commit alone is another template, so the comparison is made again.
  git('commit', '--quiet', '--allow-empty', '-m', 'four');
  expect(propertiesOf(templatesOf(frontFrom(folder)).trust, resource).ancestors).toContain(commit.slice(0, 12));
});

test.each(['split', 'single'] as const)(
  '%s: the word of what is deployed is written after everything that it is about',
  (kind) => {
    const template = kind === 'split' ? split().front : single().template;
    const after = oneOf(template, 'AWS::SSM::Parameter')[1].DependsOn as readonly string[];
    for (const type of ['AWS::Lambda::Function', 'AWS::ApiGateway::DomainName', 'AWS::ApiGateway::Stage'])
      for (const [id] of allOf(template, type)) if (!id.includes('FirstRelease')) expect(after).toContain(id);
  },
);

test('a connection whose commit is in no git says nothing of one', () => {
  expect(propertiesOf(split().trust, resource)).toMatchObject({ commit: '', ancestors: '', turnBackFrom: '' });
});

const retentions = (template: Template) =>
  allOf(template, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties?.RetentionInDays);

test('every log is kept for 90 days, refused connections for 30, or all of them as long as the front says', () => {
  for (const [lines, days, refused] of [
    [{}, 90, 30],
    [{ logs: '{ days: 365 }' }, 365, 365],
  ] as const) {
    const { trust, egress, front } = split(lines);
    expect(new Set([...retentions(trust), ...retentions(front)])).toEqual(new Set([days]));
    expect(new Set(retentions(egress))).toEqual(new Set([refused]));
    expect(retentions(front).length).toBeGreaterThan(2);
  }
  const { template } = single({ logs: '{ days: 365 }' }, () => ({ logs: { days: 14 } }));
  expect(new Set(retentions(template))).toEqual(new Set([14]));
});

test('a retention that CloudWatch does not take is refused with those that it takes', () => {
  expect(() => frontConfig({ logs: '{ days: 100 }' })).toThrow(/100[\s\S]*1, 3, 5, 7, 14, 30, 60, 90/);
});
