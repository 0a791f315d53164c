import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { frontFrom, Sallyport } from '../../../lib/index.ts';

/** Somebody's own app: the front as a construct in a stack of theirs, with a role for each duty: publish, plan, block, lift. */
const app = new App();
const config = frontFrom(String(app.node.tryGetContext('front')));
const stack = new Stack(app, 'guest', { stackName: 'guest', env: config.aws });
const front = new Sallyport(stack, 'Front', { config });
const team = app.node.tryGetContext('team') as string | undefined;
// CloudFormation then sends the domain's properties anew, and nothing else has changed.
if (team !== undefined) Tags.of(front.node.findChild('Domain').node.findChild('Name')).add('team', team);

const assumedBy = new iam.AccountRootPrincipal();
const publisher = new iam.Role(stack, 'Publisher', { assumedBy });
const planner = new iam.Role(stack, 'Planner', { assumedBy });
const blocker = new iam.Role(stack, 'Blocker', { assumedBy });
const lifter = new iam.Role(stack, 'Lifter', { assumedBy });
front.grantPublish(publisher);
front.grantPlan(planner);
front.grantBlock(blocker);
front.grantUnblock(lifter);
new CfnOutput(stack, 'PublisherArn', { value: publisher.roleArn });
new CfnOutput(stack, 'PlannerArn', { value: planner.roleArn });
new CfnOutput(stack, 'BlockerArn', { value: blocker.roleArn });
new CfnOutput(stack, 'LifterArn', { value: lifter.roleArn });
app.synth();
