import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

const commonRules = 'AWSManagedRulesCommonRuleSet';

const managed = [commonRules, 'AWSManagedRulesKnownBadInputsRuleSet', 'AWSManagedRulesAmazonIpReputationList'];

/** The common rules refuse bodies above 8 KB: an order with an attachment would be an attack. Counted, not refused. */
const countLargeBodies = { name: 'SizeRestrictions_BODY', actionToUse: { count: {} } };

/** Optional: AWS's own rules before the authorizer. It sees requests only after the handshake, so it spares work, not trust. */
export class WebAcl extends Construct {
  static readonly rules = managed.length;

  constructor(scope: Construct, id: string, props: { readonly api: apigateway.RestApi }) {
    super(scope, id);
    const visibility = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      sampledRequestsEnabled: false,
    });
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('sallyport'),
      rules: managed.map((name, priority) => ({
        name,
        priority,
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: {
            vendorName: 'AWS',
            name,
            ...(name === commonRules ? { ruleActionOverrides: [countLargeBodies] } : {}),
          },
        },
        visibilityConfig: visibility(name),
      })),
    });
    new wafv2.CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.api.deploymentStage.stageArn,
      webAclArn: acl.attrArn,
    });
  }
}
