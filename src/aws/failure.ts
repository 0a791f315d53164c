import { isNamed, statusOf } from './clients.ts';

/** What a call of AWS failed for, in words, and what to type. */
export interface AwsFailure {
  readonly message: string;
  readonly next: string;
}

/** Whose credentials a run was told to use. */
export interface AwsChoice {
  /** `--profile`, or AWS_PROFILE. */
  readonly profile?: string;
}

/**
 * An error of the SDK, the credential chain or the network below it, as somebody who runs a command needs it; undefined for one
 * that is none of these. Without an SDK: names and codes of errors are all that is looked at.
 */
export function awsFailureOf(error: unknown, { profile }: AwsChoice): AwsFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
  const other = profile === undefined ? '--profile NAME, or AWS_PROFILE=NAME' : 'another --profile';
  const text = error.message;
  const ofSession =
    isNamed(error, 'TokenProviderError', 'CredentialsProviderError') && /\bsso\b|token.*expired/i.test(text);
  if (ofSession) {
    return { message: 'the AWS sign-on session has ended or never began', next: login };
  }
  if (isNamed(error, 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired')) {
    return { message: 'the AWS credentials have expired', next: `${login}   (or new ones, from wherever these came)` };
  }
  if (isNamed(error, 'CredentialsProviderError', 'ProfileNotFoundError')) return noCredentials(text, profile, login);
  if (isNamed(error, ...unknownKeys)) {
    return {
      message: `AWS does not know these credentials (${error.name})`,
      next: `aws sts get-caller-identity${profile === undefined ? '' : ` --profile ${profile}`}   # the same answer: take others, ${other}`,
    };
  }
  if (isNamed(error, 'AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'Forbidden')) {
    return {
      message: `AWS says no to this: ${text}`,
      next: 'have the action that is named allowed: sallyport-ID-plan to look, sallyport-ID-publish to publish (docs/deploy.md)',
    };
  }
  if (isNamed(error, 'RequestTimeTooSkewed')) {
    return {
      message: 'the clock of this machine is wrong: AWS takes no signature of that time',
      next: 'set the clock',
    };
  }
  if (isNamed(error, 'ThrottlingException', 'TooManyRequestsException', 'Throttling')) {
    return { message: `AWS was asked too often: ${text}`, next: 'wait half a minute, then the same command again' };
  }
  const unreached = networkCodeOf(error);
  if (unreached !== undefined) {
    return {
      message: `AWS was not reached (${unreached})`,
      next: 'check network, proxy and the Region of sallyport.yaml, then the same command again',
    };
  }
  const status = statusOf(error);
  return status === undefined
    ? undefined
    : { message: `AWS answered ${status} ${error.name}: ${text}`, next: 'run it again with --debug' };
}

const unknownKeys = [
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'AuthFailure',
  'IncompleteSignature',
];

/** The chain says which part of it has failed only in its text. */
function noCredentials(text: string, profile: string | undefined, login: string): AwsFailure {
  if (profile !== undefined) {
    return {
      message: `the profile ${profile} gives no AWS credentials: ${text}`,
      next: `aws configure list-profiles   # is it there? then ${login}, or aws configure --profile ${profile}`,
    };
  }
  return {
    message: 'there are no AWS credentials here: no profile, no AWS_ACCESS_KEY_ID, no role of this machine',
    next: 'aws sso login --profile NAME, then the same command with --profile NAME   (first time: aws configure sso)',
  };
}

const networkCodes =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

function networkCodeOf(error: Error): string | undefined {
  if (isNamed(error, 'TimeoutError')) return 'no answer in time';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && networkCodes.test(code) && '$metadata' in error) return code;
  return undefined;
}
