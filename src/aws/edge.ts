import {
  APIGatewayClient,
  GetDomainNameCommand,
  type GetDomainNameCommandOutput,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import { type Edge, EdgeBusyError, EdgeRefusedError, type EdgeState } from '../publish/edge.ts';
import { type ClientSettings, isNamed } from './clients.ts';

/** The edge that is an API Gateway custom domain with mutual TLS. */
export function openDomainEdge(domainName: string, settings: ClientSettings): Edge {
  // One attempt: the SDK's own retries come within a second, and the next call is allowed after 30.
  const client = new APIGatewayClient({ ...settings, maxAttempts: 1 });
  const reader = new APIGatewayClient(settings);
  return {
    async read() {
      try {
        return stateOf(await reader.send(new GetDomainNameCommand({ domainName })));
      } catch (error) {
        if (isNamed(error, 'NotFoundException')) return undefined;
        throw error;
      }
    },
    async update(truststore) {
      try {
        return stateOf(
          await client.send(
            new UpdateDomainNameCommand({
              domainName,
              // The URI as well, even if it stays: the publisher's permission is conditioned on it.
              patchOperations: [
                { op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: truststore.uri },
                { op: 'replace', path: '/mutualTlsAuthentication/truststoreVersion', value: truststore.version },
              ],
            }),
          ),
        );
      } catch (error) {
        // Conflict: an update of this domain is still running.
        if (isNamed(error, 'TooManyRequestsException', 'ConflictException')) throw new EdgeBusyError(error);
        if (isNamed(error, 'BadRequestException')) throw new EdgeRefusedError(messageOf(error), error);
        throw error;
      }
    },
  };
}

function stateOf(domain: GetDomainNameCommandOutput): EdgeState {
  const { mutualTlsAuthentication: mutualTls, domainNameStatus: status, domainNameStatusMessage } = domain;
  const uri = mutualTls?.truststoreUri;
  return {
    truststore: uri ? { uri, version: mutualTls?.truststoreVersion ?? '' } : undefined,
    // Without a status, as some emulators answer, there is nothing to wait for.
    status:
      status === undefined || status === 'AVAILABLE'
        ? 'available'
        : status === 'UPDATING' || status === 'PENDING'
          ? 'updating'
          : 'needs-attention',
    detail: [status, domainNameStatusMessage].filter((part) => part !== undefined).join(': '),
    warnings: mutualTls?.truststoreWarnings ?? [],
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
