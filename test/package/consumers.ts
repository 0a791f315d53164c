/** Files of people who use the package: what they write, in each way of loading. */

/** Which modules a program loads, printed at its end: `--import` it. */
export const traceHook = `
import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on('exit', () => console.log(JSON.stringify(urls)));
`;

export const loadsBothWays = `
const required = require('sallyport');
const { createRequire } = require('node:module');
import('sallyport').then((imported) => {
  if (imported.Sallyport !== required.Sallyport) throw new Error('two copies');
  for (const name of ['Sallyport', 'frontFrom', 'stacksOf']) {
    if (typeof required[name] !== 'function' || typeof imported[name] !== 'function') throw new Error(name + ' is missing');
  }
  if (require('sallyport/schema/client.schema.json').$schema === undefined) throw new Error('no schema');
  for (const inner of ['sallyport/dist/lib/index.js', 'sallyport/package.json', 'sallyport/src/core/problem.js']) {
    try {
      createRequire(__filename).resolve(inner);
    } catch (error) {
      if (error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') continue;
    }
    throw new Error(inner + ' can be reached');
  }
});
`;

export const frontUnderJest = `
const { App, Stack } = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { Sallyport, frontFrom } = require('sallyport');

test('the front is in the stack', () => {
  const stack = new Stack(new App(), 'Orders', { env: { account: '222222222222', region: 'eu-west-1' } });
  new Sallyport(stack, 'Front', { config: frontFrom('front') });
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::DomainName', { DomainName: 'api.example.com' });
});
`;

/** What must type-check; each expected error is one, so a type that is \`any\` by accident is found. */
export const typedUse = `
import { App, Stack } from 'aws-cdk-lib';
import { type FrontConfig, frontFrom, Sallyport, stacksOf } from 'sallyport';

const config: FrontConfig = frontFrom('front');
const stack = new Stack(new App(), 'Orders');
const front = new Sallyport(stack, 'Front', { config });
const addresses: readonly string[] = front.addresses;
stacksOf(new App(), config);
// @ts-expect-error
const id: number = config.id;
// @ts-expect-error
new Sallyport(stack, 'Other', {});
// @ts-expect-error
const connection: string = config.connections.get('erp');
// @ts-expect-error
front.nothing();
export { addresses, connection, id };
`;
