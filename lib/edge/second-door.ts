import { Annotations, CfnResource, type IAspect, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { type Bag, listOf, propertiesOf } from './properties.ts';
import { permissionsOf, tooWide } from './wide-permission.ts';

/** The kinds of resources that can be a door; resolving all of a large app would cost its synth seconds. */
const looked = /^AWS::(?:ApiGateway|ApiGatewayV2|Lambda|IAM)::/;

export interface OnlyDoor {
  readonly api: apigateway.RestApi;
  /** The authorizer of every method. */
  readonly decision: apigateway.CfnAuthorizer;
  readonly forwarder: { readonly function: lambda.Function; readonly role: IConstruct };
}

/**
 * Fails synth on anything that would let a request reach the same API or its forwarder without a client certificate, or
 * let an answer outlive its request. It reads resources as the template will have them, overrides included.
 */
export class NoSecondDoor implements IAspect {
  readonly #front: OnlyDoor;
  readonly #api: IConstruct;

  constructor(front: OnlyDoor) {
    this.#front = front;
    this.#api = front.api.node.defaultChild as IConstruct;
  }

  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || !looked.test(node.cfnResourceType)) return;
    const properties = propertiesOf(node);
    if (node === this.#api && properties.DisableExecuteApiEndpoint !== true) {
      fail(node, 'execute-api is open: it answers without a client certificate. Set disableExecuteApiEndpoint: true.');
    }
    if (node instanceof apigateway.CfnAuthorizer && this.#isOurs(node, node.restApiId, properties.RestApiId)) {
      this.#checkAuthorizer(node, properties);
    }
    if (node instanceof apigateway.CfnMethod && this.#isOurs(node, node.restApiId, properties.RestApiId)) {
      this.#checkMethod(node, properties);
    }
    if (node instanceof apigateway.CfnStage && this.#isOurs(node, node.restApiId, properties.RestApiId)) {
      this.#checkStage(node, properties);
    }
    this.#checkMapping(node, properties);
    this.#checkForwarder(node, properties);
  }

  #checkAuthorizer(node: IConstruct, properties: Bag): void {
    const { AuthorizerResultTtlInSeconds: ttl, IdentitySource: source } = properties;
    if (ttl === 0 && (source === undefined || source === '')) return;
    fail(
      node,
      'the authorizer caches: one client can be answered with the permission of another. Set authorizerResultTtlInSeconds: 0 and no identity source.',
    );
  }

  #checkMethod(node: apigateway.CfnMethod, { AuthorizationType, AuthorizerId }: Bag): void {
    const { decision } = this.#front;
    const isDecided = AuthorizationType === 'CUSTOM' && this.#is(decision, node, node.authorizerId, AuthorizerId);
    if (!isDecided) fail(node, 'a method without the authorizer. Every method of this API is decided by it.');
  }

  #checkStage(node: IConstruct, { CacheClusterEnabled, MethodSettings, CanarySetting }: Bag): void {
    const settings = [MethodSettings].flat() as (Bag | undefined)[];
    if (CacheClusterEnabled === true || settings.some((each) => each?.CachingEnabled === true)) {
      fail(node, 'the stage caches answers: one client can be given the answer of another. Switch its cache off.');
    }
    if (CanarySetting !== undefined) fail(node, 'a canary is a second deployment that nobody has looked at.');
  }

  /** Whatever gives the API a name: each name must have mutual TLS. */
  #checkMapping(node: CfnResource, properties: Bag): void {
    const isMapped =
      (node instanceof apigateway.CfnBasePathMapping && this.#isOurs(node, node.restApiId, properties.RestApiId)) ||
      (node instanceof apigatewayv2.CfnApiMapping && this.#isOurs(node, node.apiId, properties.ApiId));
    if (isMapped && !hasMutualTls(node, properties.DomainName)) {
      fail(node, 'a domain name without mutual TLS is mapped to this API: a second door. Map it to an API of its own.');
    }
    const private_ =
      node instanceof apigateway.CfnBasePathMappingV2 && this.#isOurs(node, node.restApiId, properties.RestApiId);
    if (private_) fail(node, 'a private domain name is mapped to this API, and private names have no mutual TLS.');
    if (node instanceof apigatewayv2.CfnRoutingRule && this.#mentions(node, properties.Actions)) {
      fail(node, 'a routing rule leads to this API. Only its own base path mapping may.');
    }
  }

  #checkForwarder(node: CfnResource, properties: Bag): void {
    const { forwarder, api } = this.#front;
    const its = forwarder.function.node.defaultChild as lambda.CfnFunction;
    if (node instanceof lambda.CfnUrl && this.#is(its, node, node.targetFunctionArn, properties.TargetFunctionArn)) {
      fail(node, 'a function URL of the forwarder: a second door.');
    }
    if (node instanceof lambda.CfnPermission && this.#is(its, node, node.functionName, properties.FunctionName)) {
      const apiId = Stack.of(node).resolve(api.restApiId);
      const isOurApi = JSON.stringify(properties.SourceArn ?? '').includes(JSON.stringify(apiId));
      if (properties.Principal !== 'apigateway.amazonaws.com' || !isOurApi) {
        fail(node, 'somebody else than this API may invoke the forwarder: a second door.');
      }
    }
    for (const statement of permissionsOf(node, properties, forwarder.role)) {
      const wide = tooWide(statement);
      if (wide !== undefined) {
        fail(node, `the forwarder may ${wide}. It needs its own secrets and its log, nothing else.`);
      }
    }
  }

  #isOurs(node: IConstruct, value: unknown, resolved: unknown): boolean {
    return this.#is(this.#api, node, value, resolved);
  }

  /** Whether a property refers to a resource: through a token of it, or, in the same stack, in words. */
  #is(target: IConstruct, node: IConstruct, value: unknown, resolved: unknown): boolean {
    const token = typeof value === 'string' ? Tokenization.reverseString(value).firstToken : undefined;
    if (token !== undefined && Reference.isReference(token)) return token.target === target;
    return this.#names(target, node, resolved);
  }

  #names(target: IConstruct, node: IConstruct, resolved: unknown): boolean {
    const stack = Stack.of(target);
    if (stack !== Stack.of(node)) return false;
    const id = stack.resolve((target as CfnResource).logicalId) as string;
    const bag = resolved as Bag | undefined;
    return bag?.Ref === id || listOf(bag?.['Fn::GetAtt'])[0] === id;
  }

  #mentions(node: IConstruct, resolved: unknown): boolean {
    const text = JSON.stringify(resolved ?? '');
    return text.includes(JSON.stringify(Stack.of(node).resolve(this.#front.api.restApiId)));
  }
}

/** A mapped name must be a domain of this app: of any other nobody here can say how it is locked. */
function hasMutualTls(mapping: IConstruct, domainName: unknown): boolean {
  const wanted = JSON.stringify(domainName);
  const domain = mapping.node.root.node.findAll().find((node) => {
    if (!(node instanceof apigateway.CfnDomainName || node instanceof apigatewayv2.CfnDomainName)) return false;
    return [node.ref, node.domainName].some((name) => JSON.stringify(Stack.of(mapping).resolve(name)) === wanted);
  });
  if (domain === undefined) return false;
  const { MutualTlsAuthentication: mutualTls } = propertiesOf(domain as CfnResource);
  const uri = (mutualTls as Bag | undefined)?.TruststoreUri;
  return uri !== undefined && uri !== '';
}

function fail(node: IConstruct, message: string): void {
  Annotations.of(node).addError(`Sallyport: ${message}`);
}
