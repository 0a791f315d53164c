import { truststoreKeyOf } from '../../../src/core/release/layout.ts';
import { expect } from '../steps.ts';
import type { Answer, Aws } from '../world/aws.ts';
import type { FrontFolder } from '../world/front.ts';
import { readParameters } from '../world/live.ts';

/** What is tried, whether the role may, and how. Nothing of it changes anything, whether it is allowed or not. */
export type Check = readonly [what: string, allowed: boolean, call: (as: Aws) => Promise<Answer>];

const isDenied = ({ status, text }: Answer): boolean => status >= 400 && /AccessDenied|not authorized/.test(text);
/** 404: there is none, and the role may know it. 412: the condition did not hold, which is asked after the permission. */
const isAllowed = (answer: Answer): boolean =>
  answer.status < 300 ||
  answer.status === 412 ||
  (answer.status === 404 && answer.text.includes('NoSuchKey')) ||
  answer.text.includes('ParameterAlreadyExists');

/** @throws with every line that came out otherwise */
export async function checkRole(name: string, as: Aws, checks: readonly Check[]): Promise<void> {
  const wrong: string[] = [];
  for (const [what, allowed, call] of checks) {
    const answer = await call(as);
    if (allowed ? !isAllowed(answer) : !isDenied(answer))
      wrong.push(
        `${name} ${allowed ? 'must be able to' : 'must not'} ${what}: ${answer.status} ${answer.text.slice(0, 300)}`,
      );
  }
  expect(wrong.length === 0, `the permissions of the ${name} as written`, wrong.join('\n'));
}

/** The calls that concern a front, to be made in somebody's name. */
export async function granted(aws: Aws, front: FrontFolder) {
  const {
    deployed = '{}',
    'truststore-uri': uri = '',
    floor = '',
  } = await readParameters(aws, front, 'deployed', 'truststore-uri', 'floor');
  const {
    bucket = '',
    signingKey = '',
    blocksKey = '',
    releaseKey = '',
  } = JSON.parse(deployed) as Record<string, string>;
  const release = /([0-9a-f]{64})\.pem$/.exec(uri)?.[1] ?? '';
  const path = (name: string): string => `/sallyport/${front.id}/${name}`;
  const get = (key: string) => (as: Aws) => as.s3('GET', `/${bucket}/${key}`);
  /** With a condition that never holds: whoever may write is told 412. */
  const put = (key: string, headers: Record<string, string>) => (as: Aws) =>
    as.s3('PUT', `/${bucket}/${key}`, { headers, body: 'x' });
  const putParameter =
    (name: string, value: string, Overwrite = true) =>
    (as: Aws) =>
      as.json('ssm', 'AmazonSSM.PutParameter', { Name: path(name), Value: value, Type: 'String', Overwrite });
  const getParameters =
    (...names: string[]) =>
    (as: Aws) =>
      as.json('ssm', 'AmazonSSM.GetParameters', { Names: names.map(path) });
  const secret = (name: string) => (as: Aws) =>
    as.json('secretsmanager', 'secretsmanager.GetSecretValue', {
      SecretId: name.startsWith('arn:') ? name : `sallyport/${front.id}/${name}`,
    });
  const signWith = (KeyId: string) => (as: Aws) =>
    as.json('kms', 'TrentService.Sign', {
      KeyId,
      Message: Buffer.alloc(32).toString('base64'),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
  const sign = signWith(signingKey);
  const signBlocks = signWith(blocksKey);
  const manifest = `releases/${release}/manifest.json`;
  const isNew = { 'if-none-match': '*' };
  const writes: readonly Check[] = [
    ['read the pointer', true, get('pointer.json')],
    ['put a release', true, put(manifest, isNew)],
    ['put a release without If-None-Match', false, put(manifest, {})],
    ['put a record without If-None-Match', false, put('publications/000000000001.json', {})],
    ['move the pointer', true, put('pointer.json', { 'if-match': '"no"' })],
    ['sign the pointer', true, sign],
    ['move the pointer unread', false, put('pointer.json', {})],
    ['raise the floor', true, putParameter('floor', floor)],
    ['lower the floor of the blocks', false, putParameter('floor-blocks', '0')],
    // Allowed, and told that it exists.
    ['make the floor of the blocks', true, putParameter('floor-blocks', '0', false)],
    ['delete a floor', false, (as) => as.json('ssm', 'AmazonSSM.DeleteParameter', { Name: path('floor') })],
    ['delete a release', false, (as) => as.s3('DELETE', `/${bucket}/${manifest}`, { headers: { 'if-match': '"no"' } })],
    ['write the blocks', false, put('overlay/blocks.json', isNew)],
    ['write the lifts', false, put('overlay/lifts.json', { 'if-match': '"no"' })],
    ['sign blocks and lifts', false, signBlocks],
    ['say what is deployed', false, putParameter('deployed', deployed)],
    ['delete the pointer', false, (as) => as.s3('DELETE', `/${bucket}/pointer.json`)],
    ['delete a version', false, (as) => as.s3('DELETE', `/${bucket}/pointer.json`, { query: 'versionId=x' })],
    ['change the bucket’s policy', false, (as) => as.s3('PUT', `/${bucket}`, { query: 'policy=', body: '{}' })],
    ['switch versioning off', false, (as) => as.s3('PUT', `/${bucket}`, { query: 'versioning=', body: '' })],
    ['delete the key', false, (as) => as.json('kms', 'TrentService.ScheduleKeyDeletion', { KeyId: signingKey })],
  ];
  return {
    bucket,
    signingKey,
    releaseKey,
    truststore: truststoreKeyOf(release),
    manifest,
    get,
    put,
    putParameter,
    getParameters,
    secret,
    sign,
    signBlocks,
    writes,
  };
}
