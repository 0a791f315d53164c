import type { Aws } from '../world/aws.ts';
import { readDomain } from '../world/edge.ts';
import type { FrontFolder } from '../world/front.ts';
import { readParameters } from '../world/live.ts';
import type { World } from '../world/world.ts';
import { type Check, granted } from './permissions.ts';

const truststoreUri = '/mutualTlsAuthentication/truststoreUri';

const patch = (domain: string, path: string, value: string) => (as: Aws) =>
  as.rest(
    'apigateway',
    'PATCH',
    `/domainnames/${domain}`,
    JSON.stringify({ patchOperations: [{ op: 'replace', path, value }] }),
  );

/** Whoever may publish `own`: with our stacks' policy, or by `grantPublish`. The other front is none of theirs. */
export async function checksOfPublisher({ aws, guest, front }: World, own: FrontFolder): Promise<readonly Check[]> {
  const other = own === guest ? front : guest;
  const [here, there, { uri }] = await Promise.all([
    granted(aws, own),
    granted(aws, other),
    readDomain(aws, own.domain),
  ]);
  return [
    ['move the domain to our truststore', true, patch(own.domain, truststoreUri, uri)],
    ['switch mutual TLS off', false, patch(own.domain, truststoreUri, '')],
    [
      'name a truststore of another bucket',
      false,
      patch(own.domain, truststoreUri, `s3://${there.bucket}/truststore/a.pem`),
    ],
    ['loosen the security policy', false, patch(own.domain, '/securityPolicy', 'TLS_1_0')],
    ['move the domain of another front', false, patch(other.domain, truststoreUri, uri)],
    ['delete the domain', false, (as) => as.rest('apigateway', 'DELETE', `/domainnames/${own.domain}`)],
    ...here.writes,
    ['sign for another front', false, there.sign],
    ['write the floor of another front', false, there.putParameter('floor', '99')],
    ['write into the bucket of another front', false, there.put('pointer.json', { 'if-match': '"no"' })],
    ['read a secret of the front', false, here.secret('erp')],
    ['list the functions', false, (as) => as.rest('lambda', 'GET', '/2015-03-31/functions')],
  ];
}

export async function checksOfPlanner({ aws }: World, own: FrontFolder): Promise<readonly Check[]> {
  const [here, { uri }] = await Promise.all([granted(aws, own), readDomain(aws, own.domain)]);
  return [
    ['read the pointer', true, here.get('pointer.json')],
    [
      'list the history',
      true,
      (as) => as.s3('GET', `/${here.bucket}`, { query: 'list-type=2&prefix=publications%2F' }),
    ],
    ['read the domain', true, (as) => as.rest('apigateway', 'GET', `/domainnames/${own.domain}`)],
    ['read the parameters', true, here.getParameters('floor', 'deployed', 'truststore-uri')],
    ['write the pointer', false, here.put('pointer.json', { 'if-match': '"no"' })],
    ['sign', false, here.sign],
    ['raise the floor', false, here.putParameter('floor', '99')],
    ['move the domain', false, patch(own.domain, truststoreUri, uri)],
    ['read a secret of the front', false, here.secret('erp')],
  ];
}

/** Whoever may write one of the two overlays: not the other one, and nothing that publishing writes. */
export async function checksOfOverlay(
  { aws, guest, front }: World,
  own: FrontFolder,
  mine: 'blocks' | 'lifts',
  other: 'blocks' | 'lifts',
): Promise<readonly Check[]> {
  const [here, there, { uri }, floors] = await Promise.all([
    granted(aws, own),
    granted(aws, own === guest ? front : guest),
    readDomain(aws, own.domain),
    readParameters(aws, own, 'floor-blocks', 'floor-lifts'),
  ]);
  const replaces = { 'if-match': '"no"' };
  const floorOf = (kind: 'blocks' | 'lifts') => floors[`floor-${kind}`] ?? '';
  return [
    ['read the pointer', true, here.get('pointer.json')],
    [`write the ${mine}`, true, here.put(`overlay/${mine}.json`, replaces)],
    [`write the ${mine} unread`, false, here.put(`overlay/${mine}.json`, {})],
    [`raise the floor of the ${mine}`, true, here.putParameter(`floor-${mine}`, floorOf(mine))],
    ['sign blocks and lifts', true, here.signBlocks],
    [`write the ${other}`, false, here.put(`overlay/${other}.json`, replaces)],
    [`write the ${other} anew`, false, here.put(`overlay/${other}.json`, { 'if-none-match': '*' })],
    [`raise the floor of the ${other}`, false, here.putParameter(`floor-${other}`, floorOf(other))],
    ['write the pointer', false, here.put('pointer.json', replaces)],
    ['put a release', false, here.put(here.manifest, { 'if-none-match': '*' })],
    ['sign the pointer', false, here.sign],
    ['raise the floor', false, here.putParameter('floor', '99')],
    ['move the domain', false, patch(own.domain, truststoreUri, uri)],
    [
      `delete the ${mine}`,
      false,
      (as) => as.s3('DELETE', `/${here.bucket}/overlay/${mine}.json`, { headers: replaces }),
    ],
    [
      'delete a version',
      false,
      (as) => as.s3('DELETE', `/${here.bucket}/overlay/${mine}.json`, { query: 'versionId=x' }),
    ],
    ['sign blocks of another front', false, there.signBlocks],
    [`write the ${mine} of another front`, false, there.put(`overlay/${mine}.json`, replaces)],
    ['read a secret of the front', false, here.secret('erp')],
  ];
}
