import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type ClientSettings, isNamed } from './clients.ts';

/** What an account and Region have before a front is deployed to them. Reads only. */
export interface Account {
  /** Version of CDK's bootstrap stack; undefined when there is none. */
  bootstrapVersion(): Promise<number | undefined>;
  /** Undefined when there is no such certificate here. */
  certificate(arn: string): Promise<AcmCertificate | undefined>;
  apiGateway(): Promise<{ readonly requestsPerSecond?: number; readonly logRole?: string }>;
  /** Names of buckets that begin so. */
  buckets(prefix: string): Promise<readonly string[]>;
}

interface AcmCertificate {
  readonly status: string;
  /** `AMAZON_ISSUED`, `IMPORTED`, `PRIVATE`. */
  readonly type: string;
  /** All names it is for, wildcards among them. */
  readonly names: readonly string[];
  /** Epoch ms. */
  readonly notAfter?: number;
}

/** CDK's own name of its bootstrap version, for the qualifier that it uses when told no other. */
const bootstrapParameter = '/cdk-bootstrap/hnb659fds/version';

export function openAccount(settings: ClientSettings): Account {
  return {
    async bootstrapVersion() {
      const { Parameters = [] } = await new SSMClient(settings).send(
        new GetParametersCommand({ Names: [bootstrapParameter] }),
      );
      const value = Number(Parameters[0]?.Value);
      return Number.isInteger(value) ? value : undefined;
    },
    async certificate(arn) {
      try {
        const { Certificate } = await new ACMClient(settings).send(
          new DescribeCertificateCommand({ CertificateArn: arn }),
        );
        return {
          status: Certificate?.Status ?? 'unknown',
          type: Certificate?.Type ?? 'unknown',
          names: [Certificate?.DomainName ?? '', ...(Certificate?.SubjectAlternativeNames ?? [])].filter(Boolean),
          notAfter: Certificate?.NotAfter?.getTime(),
        };
      } catch (error) {
        if (isNamed(error, 'ResourceNotFoundException', 'InvalidArnException')) return undefined;
        throw error;
      }
    },
    async apiGateway() {
      const { throttleSettings, cloudwatchRoleArn } = await new APIGatewayClient(settings).send(
        new GetAccountCommand({}),
      );
      return { requestsPerSecond: throttleSettings?.rateLimit, logRole: cloudwatchRoleArn };
    },
    async buckets(prefix) {
      const { Buckets = [] } = await new S3Client({
        ...settings,
        forcePathStyle: settings.endpoint !== undefined,
      }).send(new ListBucketsCommand({ Prefix: prefix }));
      return Buckets.flatMap(({ Name = '' }) => (Name.startsWith(prefix) ? [Name] : []));
    },
  };
}
