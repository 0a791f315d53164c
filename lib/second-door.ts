import { Annotations, type IAspect, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Fails synth on anything that would let a request reach the same API without a client certificate, or let a decision
 * outlive its request. Apply it to a whole app: `Aspects.of(app).add(new NoSecondDoor(...))`.
 */
export class NoSecondDoor implements IAspect {
  readonly #api: apigateway.CfnRestApi;
  readonly #forwarderRole: iam.IRole;

  constructor(front: { readonly api: apigateway.RestApi; readonly forwarderRole: iam.IRole }) {
    this.#api = front.api.node.defaultChild as apigateway.CfnRestApi;
    this.#forwarderRole = front.forwarderRole;
  }

  visit(node: IConstruct): void {
    if (node === this.#api && this.#api.disableExecuteApiEndpoint !== true) {
      fail(node, 'execute-api is open: it answers without a client certificate. Set disableExecuteApiEndpoint: true.');
    }
    if (
      node instanceof apigateway.CfnAuthorizer &&
      this.#isOurs(node, node.restApiId) &&
      node.authorizerResultTtlInSeconds !== 0
    ) {
      fail(
        node,
        'the authorizer caches: one client can be answered with the permission of another. Set authorizerResultTtlInSeconds: 0.',
      );
    }
    if (
      node instanceof apigateway.CfnMethod &&
      this.#isOurs(node, node.restApiId) &&
      node.authorizationType !== 'CUSTOM'
    ) {
      fail(node, 'a method without the authorizer. Every method of this API is decided by it.');
    }
    if (node instanceof apigateway.CfnBasePathMapping && this.#isOurs(node, node.restApiId)) this.#checkDomain(node);
    if (node instanceof iam.CfnPolicy && node.roles?.includes(this.#forwarderRole.roleName)) this.#checkPolicy(node);
  }

  #isOurs(node: IConstruct, restApiId: string | undefined): boolean {
    const stack = Stack.of(node);
    return JSON.stringify(stack.resolve(restApiId)) === JSON.stringify(stack.resolve(this.#api.ref));
  }

  #checkDomain(mapping: apigateway.CfnBasePathMapping): void {
    const domain = mapping.node.root.node
      .findAll()
      .find(
        (node): node is apigateway.CfnDomainName =>
          node instanceof apigateway.CfnDomainName &&
          [node.ref, node.domainName].some(
            (name) =>
              JSON.stringify(Stack.of(node).resolve(name)) ===
              JSON.stringify(Stack.of(mapping).resolve(mapping.domainName)),
          ),
      );
    if (domain?.mutualTlsAuthentication === undefined) {
      fail(
        mapping,
        'a domain name without mutual TLS is mapped to this API: a second door. Map it to an API of its own.',
      );
    }
  }

  #checkPolicy(policy: iam.CfnPolicy): void {
    const document = Stack.of(policy).resolve(policy.policyDocument) as {
      Statement?: readonly Record<string, unknown>[];
    };
    for (const statement of document.Statement ?? []) {
      if (statement.Effect !== 'Allow') continue;
      const actions = [statement.Action].flat().map(String);
      const wide = actions.filter((action) => !allowedWide.has(action));
      if (wide.length > 0 && [statement.Resource].flat().includes('*')) {
        fail(
          policy,
          `the forwarder may ${wide.join(', ')} on everything. It needs its own secrets and its log, nothing else.`,
        );
      }
    }
  }
}

/** EC2 has no resource level for what puts a function into a VPC. */
const allowedWide = new Set([
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
]);

function fail(node: IConstruct, message: string): void {
  Annotations.of(node).addError(`Sallyport: ${message}`);
}
