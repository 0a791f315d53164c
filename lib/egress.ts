import { CfnOutput, Fn, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FrontConfig } from '../src/config/front.ts';

export interface EgressProps {
  /** The backends: the forwarder may open connections to their ports, and to no other. */
  readonly connections: FrontConfig['connections'];
  /** Availability Zones, each with a NAT gateway and an address of its own: 1, 2 or 3. */
  readonly zones: number;
  /** Allocation ids (`eipalloc-…`) of Elastic IPs that you own already, one a zone. Default: new ones, kept for ever. */
  readonly elasticIps?: readonly string[];
  /** How long CloudWatch keeps the log of refused connections; without it 30. */
  readonly logDays?: number;
}

/** Where the forwarder stands and which addresses it has outside. */
export interface Network {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
  readonly addresses: readonly string[];
}

/**
 * A VPC of its own whose only way out is through NAT gateways with Elastic IPs, so that the backend can allow exactly these addresses.
 * Written with L1 constructs: no zone look-up, so it synthesises without an account, and three zones work in any stack.
 */
export class Egress extends Construct implements Network {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
  /** The fixed public addresses; unknown at synth where the Elastic IPs were given by allocation id. */
  readonly addresses: readonly string[];

  constructor(scope: Construct, id: string, props: EgressProps) {
    super(scope, id);
    const zones = Array.from({ length: props.zones }, (_, index) => index);
    if (props.zones < 1 || props.zones > 3) throw new Error(`egress.zones is ${props.zones}; allowed: 1, 2 or 3`);
    if (props.elasticIps !== undefined && props.elasticIps.length !== props.zones) {
      throw new Error(
        `egress.elasticIps has ${props.elasticIps.length} entries; allowed: one a zone, so ${props.zones}`,
      );
    }

    const vpc = new ec2.CfnVPC(this, 'Vpc', {
      cidrBlock: '10.97.0.0/22',
      enableDnsHostnames: true,
      enableDnsSupport: true,
    });
    Tags.of(vpc).add('Name', this.node.path);
    const internet = new ec2.CfnInternetGateway(this, 'Internet');
    const attachment = new ec2.CfnVPCGatewayAttachment(this, 'InternetAttachment', {
      vpcId: vpc.ref,
      internetGatewayId: internet.ref,
    });
    const publicRoutes = new ec2.CfnRouteTable(this, 'PublicRoutes', { vpcId: vpc.ref });
    const outward = new ec2.CfnRoute(this, 'PublicDefault', {
      routeTableId: publicRoutes.ref,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: internet.ref,
    });
    outward.addResourceDependency(attachment);

    const addresses: string[] = [];
    const privateRoutes: string[] = [];
    const subnets = zones.map((zone) => {
      const availabilityZone = Fn.select(zone, Fn.getAzs());
      const publicSubnet = new ec2.CfnSubnet(this, `Public${zone}`, {
        vpcId: vpc.ref,
        availabilityZone,
        cidrBlock: `10.97.0.${zone * 16}/28`,
        mapPublicIpOnLaunch: false,
      });
      new ec2.CfnSubnetRouteTableAssociation(this, `Public${zone}Routes`, {
        subnetId: publicSubnet.ref,
        routeTableId: publicRoutes.ref,
      });
      const nat = new ec2.CfnNatGateway(this, `Nat${zone}`, {
        subnetId: publicSubnet.ref,
        allocationId: props.elasticIps?.[zone] ?? this.#newAddress(zone, addresses),
      });
      nat.addResourceDependency(attachment);
      const routes = new ec2.CfnRouteTable(this, `Private${zone}Table`, { vpcId: vpc.ref });
      privateRoutes.push(routes.ref);
      new ec2.CfnRoute(this, `Private${zone}Default`, {
        routeTableId: routes.ref,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId: nat.ref,
      });
      const subnet = new ec2.CfnSubnet(this, `Private${zone}`, {
        vpcId: vpc.ref,
        availabilityZone,
        cidrBlock: `10.97.${zone + 1}.0/24`,
        mapPublicIpOnLaunch: false,
      });
      new ec2.CfnSubnetRouteTableAssociation(this, `Private${zone}Routes`, {
        subnetId: subnet.ref,
        routeTableId: routes.ref,
      });
      return { availabilityZone, subnetId: subnet.ref, routeTableId: routes.ref };
    });
    this.#flowLog(vpc, props.logDays);

    this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Imported', {
      vpcId: vpc.ref,
      availabilityZones: subnets.map((subnet) => subnet.availabilityZone),
      privateSubnetIds: subnets.map((subnet) => subnet.subnetId),
      privateSubnetRouteTableIds: privateRoutes,
    });
    this.subnets = this.vpc.privateSubnets;
    this.securityGroup = outwardOnly(this, 'ForwarderGroup', this.vpc, props.connections);
    this.addresses = addresses;
    addresses.forEach((address, zone) => {
      new CfnOutput(this, `Address${zone}`, { value: address, description: 'Allow this address at the backend' });
    });
  }

  /** The network of somebody else's VPC: its private subnets, whose way out is the owner's business. */
  static within(scope: Construct, id: string, vpc: ec2.IVpc, connections: FrontConfig['connections']): Network {
    if (vpc.privateSubnets.length === 0) {
      throw new Error(
        'vpc has no private subnets with a way out: in a public subnet a function has no address outside',
      );
    }
    const securityGroup = outwardOnly(scope, `${id}ForwarderGroup`, vpc, connections);
    return { vpc, subnets: vpc.privateSubnets, securityGroup, addresses: [] };
  }

  /**
   * Others have these addresses in their firewalls: a deleted stack must not give them back. A first deployment that
   * fails does: nobody has them yet, and each would cost money until somebody finds it.
   */
  #newAddress(zone: number, addresses: string[]): string {
    const address = new ec2.CfnEIP(this, `Address${zone}Ip`, { domain: 'vpc' });
    address.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    addresses.push(address.attrPublicIp);
    return address.attrAllocationId;
  }

  /** Only what was refused: nothing is listening in this VPC, so every line is worth a look and there are few. */
  #flowLog(vpc: ec2.CfnVPC, days: number | undefined): void {
    const group = new logs.LogGroup(this, 'RefusedFlows', {
      retention: days ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'FlowLogRole', {
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [group.logGroupArn],
      }),
    );
    new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceId: vpc.ref,
      resourceType: 'VPC',
      trafficType: 'REJECT',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: group.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
    });
  }
}

/** Nothing comes in. Out: the ports of the backends, and 443 for the credentials in Secrets Manager. DNS of a VPC needs no rule. */
function outwardOnly(scope: Construct, id: string, vpc: ec2.IVpc, connections: FrontConfig['connections']) {
  const group = new ec2.SecurityGroup(scope, id, {
    vpc,
    description: 'The forwarder: out only',
    allowAllOutbound: false,
  });
  const ports = new Set([443, ...[...connections.values()].map(({ url }) => portOf(new URL(url)))]);
  for (const port of [...ports].sort((a, b) => a - b)) {
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), 'Backends and Secrets Manager');
  }
  return group;
}

const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port));
