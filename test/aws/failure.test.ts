import { awsFailureOf } from '../../src/aws/failure.ts';

const named = (name: string, message = 'text', more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

test.each([
  [
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    undefined,
    /no AWS credentials/,
    /aws sso login --profile NAME/,
  ],
  [
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    'corp',
    /profile corp/,
    /list-profiles/,
  ],
  [
    named('CredentialsProviderError', 'The SSO session token associated with profile=corp was not found'),
    'corp',
    /sign-on session/,
    /^aws sso login --profile corp$/,
  ],
  [named('TokenProviderError', 'Token is expired'), 'corp', /sign-on session/, /^aws sso login --profile corp$/],
  [named('ExpiredTokenException'), undefined, /expired/, /aws sso login/],
  [named('ExpiredToken'), 'corp', /expired/, /aws sso login --profile corp/],
  [named('UnrecognizedClientException'), undefined, /does not know/, /get-caller-identity/],
  [named('InvalidClientTokenId'), 'corp', /does not know/, /--profile corp/],
  [
    named('AccessDeniedException', 'not authorized to perform: ssm:GetParameters'),
    undefined,
    /ssm:GetParameters/,
    /sallyport-ID-plan/,
  ],
  [named('ThrottlingException', 'Rate exceeded'), undefined, /too often/, /wait/],
  [
    named('Error', 'connect', { code: 'ECONNREFUSED', $metadata: {} }),
    undefined,
    /not reached \(ECONNREFUSED\)/,
    /network/,
  ],
  [named('TimeoutError'), undefined, /not reached/, /network/],
  [
    named('InternalFailure', 'oops', { $metadata: { httpStatusCode: 500 } }),
    undefined,
    /500 InternalFailure: oops/,
    /--debug/,
  ],
])('%s with profile %s', (error, profile, message, next) => {
  const failed = awsFailureOf(error, { profile });
  expect(failed?.message).toMatch(message);
  expect(failed?.next).toMatch(next);
});

test.each([
  [named('TypeError', 'x is not a function')],
  [named('Error', 'connect ECONNREFUSED 127.0.0.1:8443', { code: 'ECONNREFUSED' })],
  [named('Error', 'the token is expired')],
  ['no error'],
])('%s is none of AWS', (error) => {
  expect(awsFailureOf(error, {})).toBeUndefined();
});
