import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import { frontFrom, specimenOf } from '../../lib/preflight.ts';
import { Sallyport } from '../../lib/sallyport.ts';
import { stacksOf } from '../../lib/stacks.ts';
import { formatProblem, type Problem, ProblemError } from '../../src/core/problem.ts';
import { sampleMarker, twinMarker } from '../../src/core/x509/marker.ts';
import { ca } from '../pki.ts';
import { frontConfig, frontFolder } from './front-folder.ts';
import { haveBundles, type Lines, newApp } from './templates.ts';

beforeAll(haveBundles);

/** The problems with which synth stops, and how much had been made by then. */
function problemsOf(folder: string): { readonly problems: readonly Problem[]; readonly resources: number } {
  const app = newApp();
  try {
    stacksOf(app, frontFrom(folder));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const resources = app.node.findAll().filter((node) => 'cfnResourceType' in node).length;
    return { problems: error.problems, resources };
  }
  throw new Error('it was not refused');
}

const marked = (marker: typeof sampleMarker) =>
  ca({ subject: [[{ type: 'CN', value: 'Made Up Root' }]], extra: [marker] }).pem;

function withAuthority(pem: string): string {
  const folder = frontFolder();
  writeFileSync(join(folder, 'truststore/authorities/acme-ca.pem'), pem);
  return folder;
}

const cases: readonly [string, () => string, string, RegExp][] = [
  ['no domain', () => frontFolder({ domain: undefined }), 'domain_missing', /domain: \{ name: api\.example\.com/],
  ['no account and Region', () => frontFolder({ aws: undefined }), 'aws_missing', /aws: \{ account: /],
  ['an account that is none', () => frontFolder({ aws: '{ account: "12345", region: eu-west-1 }' }), '', /12 digits/],
  [
    'a Region that is none',
    () => frontFolder({ aws: '{ account: "222222222222", region: Ireland }' }),
    '',
    /an AWS Region/,
  ],
  [
    'a certificate in another Region',
    () =>
      frontFolder({
        domain: '{ name: api.example.com, certificate: "arn:aws:acm:us-east-1:222222222222:certificate/0000" }',
      }),
    'certificate_elsewhere',
    /aws acm request-certificate --region eu-west-1 --domain-name api\.example\.com/,
  ],
  [
    'a certificate of another account',
    () =>
      frontFolder({
        domain: '{ name: api.example.com, certificate: "arn:aws:acm:eu-west-1:111111111111:certificate/0000" }',
      }),
    'certificate_elsewhere',
    /222222222222/,
  ],
  ['a sample CA', () => withAuthority(marked(sampleMarker)), 'sample_certificate', /truststore\/authorities/],
  ['a twin CA of `dev`', () => withAuthority(marked(twinMarker)), 'sample_certificate', /truststore\/authorities/],
  [
    'tiers, whose keys nobody makes yet',
    () => frontFolder({ tiers: '{ default: { perSecond: 20, burst: 40 } }' }),
    'tiers_not_yet',
    /remove tiers/,
  ],
];

test.each(cases)('%s stops synth before a resource is made, with what mends it', (_, folder, code, remedy) => {
  const { problems, resources } = problemsOf(folder());
  if (code !== '') expect(problems.map((problem) => problem.code)).toContain(code);
  expect(problems.map(formatProblem).join('\n')).toMatch(remedy);
  expect(resources).toBe(0);
});

test('a draft of a front is shown, and nothing deploys it', () => {
  const draft = { stage: 'test', aws: undefined, tiers: '{ default: { perSecond: 20, burst: 40 } }' };
  const folder = frontFolder(draft);
  writeFileSync(join(folder, 'truststore/authorities/acme-ca.pem'), marked(sampleMarker));
  const specimen = specimenOf(frontFrom(folder));
  expect(specimen?.missing.map(({ code, place }) => [code, place?.file])).toEqual([
    ['aws_missing', 'sallyport.yaml'],
    ['tiers_not_yet', 'sallyport.yaml'],
    ['sample_certificate', 'truststore/authorities/acme-ca.pem'],
  ]);
  if (specimen === undefined) throw new Error('not shown');
  const assembly = stacksOf(newApp(), specimen.config).front.node.root as App;
  const stacks = assembly.synth().stacks;
  expect(stacks).toHaveLength(3);
  for (const { template, bootstrapStackVersionSsmParameter } of stacks) {
    // The CDK looks for this parameter first, and CloudFormation for the rule.
    expect(bootstrapStackVersionSsmParameter).toBe('/cdk-bootstrap/sampleonly/version');
    expect(template.Rules.OnlyToLookAt.Assertions).toEqual([
      {
        Assert: { 'Fn::Equals': ['a sample', 'a front'] },
        AssertDescription: expect.stringContaining('docs/deploy.md'),
      },
    ]);
  }
});

test.each<[string, Lines, typeof sampleMarker | undefined]>([
  ['its own CAs', { stage: 'test', aws: undefined }, undefined],
  ['an account', { stage: 'test' }, sampleMarker],
  ['stage: production', { aws: undefined }, sampleMarker],
  ['no domain', { stage: 'test', aws: undefined, domain: undefined }, sampleMarker],
])('a front with %s is no draft to show: it is refused as ever', (_, lines, marker) => {
  const folder = frontFolder(lines);
  if (marker !== undefined) writeFileSync(join(folder, 'truststore/authorities/acme-ca.pem'), marked(marker));
  expect(specimenOf(frontFrom(folder))).toBeUndefined();
  expect(problemsOf(folder).problems).not.toEqual([]);
});

test('all of it is said at once', () => {
  const domain = '{ name: api.example.com, certificate: "arn:aws:acm:us-east-1:222222222222:certificate/0000" }';
  const { problems } = problemsOf(frontFolder({ domain, tiers: '{ default: { perSecond: 20, burst: 40 } }' }));
  expect(problems.map(({ code }) => code)).toEqual(['certificate_elsewhere', 'tiers_not_yet']);
  const nothing = problemsOf(
    frontFolder({ aws: undefined, domain: undefined, tiers: '{ default: { perSecond: 20, burst: 40 } }' }),
  );
  expect(nothing.problems.map(({ code }) => code)).toEqual(['aws_missing', 'domain_missing', 'tiers_not_yet']);
});

describe('in somebody’s stack', () => {
  const inStack = (env: { account: string; region: string }, lines: Lines = {}) => {
    const stack = new Stack(newApp(), 'Existing', { env });
    return () => new Sallyport(stack, 'Sallyport', { config: frontConfig(lines) });
  };

  test('an account or Region that is not the front’s is refused, with the line', () => {
    const remedy = "env: { account: '222222222222', region: 'eu-west-1' }";
    expect(inStack({ account: '111111111111', region: 'eu-west-1' })).toThrow(remedy);
    expect(inStack({ account: '222222222222', region: 'us-east-1' })).toThrow(remedy);
  });

  test('a front that names no account goes where the stack goes', () => {
    expect(inStack({ account: '111111111111', region: 'us-east-1' }, { aws: undefined })).not.toThrow();
  });

  test('nobody in it is refused', () => {
    const config = frontConfig();
    const empty = { ...config, registry: { ...config.registry, clients: [] } };
    const stack = new Stack(newApp(), 'Existing');
    expect(() => new Sallyport(stack, 'Sallyport', { config: empty })).toThrow(/without a single client/);
  });
});
