const { App, Stack } = require('aws-cdk-lib');
const iam = require('aws-cdk-lib/aws-iam');
const sns = require('aws-cdk-lib/aws-sns');
const { frontFrom, Sallyport } = require('sallyport');

/** A stack that you have already, with a front added to it. */
class OrdersStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const config = frontFrom(String(this.node.tryGetContext('front') ?? 'front'));
    const onCall = new sns.Topic(this, 'OnCall', { enforceSSL: true });

    const front = new Sallyport(this, 'Sallyport', { config, alarmTopic: onCall });

    // Who may change who comes in: your pipeline, and nobody by being an administrator of something else.
    const pipeline = new iam.Role(this, 'Pipeline', { assumedBy: new iam.AccountRootPrincipal() });
    front.grantPublish(pipeline);
    // Who may look.
    const reviewers = new iam.Role(this, 'Reviewers', { assumedBy: new iam.AccountRootPrincipal() });
    front.grantPlan(reviewers);
  }
}

const app = new App();
// The same account and Region as in front/sallyport.yaml: the construct refuses any other.
new OrdersStack(app, 'Orders', { env: { account: '222222222222', region: 'eu-west-1' } });
