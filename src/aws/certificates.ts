import { createHash } from 'node:crypto';
import {
  ACMClient,
  DescribeCertificateCommand,
  paginateListCertificates,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import type { ClientSettings } from './clients.ts';

/** A record that whoever runs the zone must make, and leave there. */
export interface ValidationRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export interface RequestedCertificate {
  readonly arn: string;
  /** `PENDING_VALIDATION`, `ISSUED`, `FAILED`, `VALIDATION_TIMED_OUT`, … */
  readonly status: string;
  /** ACM's word for why it failed. */
  readonly failure?: string;
  /** Empty for the first seconds. */
  readonly records: readonly ValidationRecord[];
}

/** Public certificates of ACM for one name, proven through DNS. */
export interface Certificates {
  /** The newest that is issued or waits for its record; a person may have begun yesterday. */
  find(name: string): Promise<string | undefined>;
  /** The same request within an hour is the same certificate. */
  request(name: string, front: string): Promise<string>;
  read(arn: string): Promise<RequestedCertificate>;
}

export function openCertificates(settings: ClientSettings): Certificates {
  const client = new ACMClient(settings);
  return {
    async find(name) {
      const pages = paginateListCertificates({ client }, { CertificateStatuses: ['ISSUED', 'PENDING_VALIDATION'] });
      const found: { readonly arn: string; readonly at: number }[] = [];
      for await (const { CertificateSummaryList = [] } of pages) {
        for (const { CertificateArn, DomainName, Type, CreatedAt } of CertificateSummaryList) {
          if (CertificateArn === undefined || DomainName !== name || Type !== 'AMAZON_ISSUED') continue;
          found.push({ arn: CertificateArn, at: CreatedAt?.getTime() ?? 0 });
        }
      }
      return found.sort((a, b) => b.at - a.at)[0]?.arn;
    },
    async request(name, front) {
      const { CertificateArn } = await client.send(
        new RequestCertificateCommand({
          DomainName: name,
          ValidationMethod: 'DNS',
          IdempotencyToken: createHash('sha256').update(`${front} ${name}`).digest('hex').slice(0, 32),
          Tags: [{ Key: 'sallyport', Value: front }],
        }),
      );
      if (CertificateArn === undefined) throw new Error('ACM names no certificate');
      return CertificateArn;
    },
    async read(arn) {
      const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn: arn }));
      const { Status = 'unknown', FailureReason, DomainValidationOptions = [] } = Certificate ?? {};
      return {
        arn,
        status: Status,
        ...(FailureReason === undefined ? {} : { failure: FailureReason }),
        records: DomainValidationOptions.flatMap(({ ResourceRecord: record }) =>
          record?.Name === undefined || record.Value === undefined
            ? []
            : [{ name: record.Name, type: record.Type ?? 'CNAME', value: record.Value }],
        ),
      };
    },
  };
}
