import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { FrontConfig } from '../../src/config/front.ts';
import { referenceHeader, referenceVariable, refusalTemplate } from '../../src/core/decide/refusal-body.ts';

/** What API Gateway itself answers, when no function of ours does: [name, response, status, message]. */
const own: readonly (readonly [string, apigateway.ResponseType, string, string])[] = [
  ['Undecided', apigateway.ResponseType.AUTHORIZER_FAILURE, '500', 'Cannot decide'],
  ['Misconfigured', apigateway.ResponseType.AUTHORIZER_CONFIGURATION_ERROR, '500', 'Cannot decide'],
  ['TimedOut', apigateway.ResponseType.INTEGRATION_TIMEOUT, '504', 'Endpoint request timed out'],
  ['Throttled', apigateway.ResponseType.THROTTLED, '429', 'Too many requests'],
  ['Filtered', apigateway.ResponseType.WAF_FILTERED, '403', 'Forbidden'],
];

/**
 * Every answer that is not the backend's carries a reference under which its log lines are found: the decision's where
 * there was one, API Gateway's own otherwise.
 */
export function addGatewayResponses(api: apigateway.RestApi, { registry, support }: FrontConfig): void {
  api.addGatewayResponse('Refused', {
    type: apigateway.ResponseType.ACCESS_DENIED,
    statusCode: '403',
    responseHeaders: { [referenceHeader]: referenceVariable },
    templates: { 'application/json': refusalTemplate(registry.front) },
  });
  const contact = (support.email ?? support.url ?? '').replaceAll('$', '%24');
  for (const [name, type, statusCode, message] of own) {
    api.addGatewayResponse(name, {
      type,
      statusCode,
      responseHeaders: { [referenceHeader]: 'context.extendedRequestId' },
      templates: {
        'application/json': JSON.stringify({ message, reference: '$context.extendedRequestId', support: contact }),
      },
    });
  }
}
