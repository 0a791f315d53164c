"""CloudFormation: types that the emulator refuses, and properties that it drops when it creates a resource.

Through the emulated EC2 where it exists; otherwise only recorded: such a resource can be created and deleted, and does nothing.
"""

import re
import uuid

from ministack.services import apigateway_v1 as gateway
from ministack.services import ec2
from ministack.services.cloudformation import provisioners

RECORDED = {
    "AWS::ApiGateway::VpcLink": "vpclink",
    "AWS::CloudWatch::CompositeAlarm": "ca",
    "AWS::EC2::FlowLog": "fl",
    "AWS::EC2::SecurityGroupEgress": "sgr",
    "AWS::EC2::SecurityGroupIngress": "sgr",
    "AWS::Logs::QueryDefinition": "qd",
    "AWS::WAFv2::WebACLAssociation": "waclassoc",
}


def recorded(prefix):
    def create(logical_id, properties, stack):
        physical_id = f"{prefix}-{uuid.uuid4().hex[:17]}"
        return physical_id, {"Id": physical_id}

    def update(physical_id, old, new, stack, logical_id=None):
        return physical_id, {"Id": physical_id}

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": lambda *_: None}


def ec2_call(call, parameters, pattern):
    status, _, body = call(parameters)
    text = body.decode() if isinstance(body, bytes) else body
    if status >= 300:
        raise ValueError(text)
    return re.search(pattern, text)[1]


def nat_gateway():
    def create(logical_id, properties, stack):
        known = ("SubnetId", "AllocationId", "ConnectivityType")
        parameters = {name: [str(properties[name])] for name in known if name in properties}
        physical_id = ec2_call(ec2._create_nat_gateway, parameters, r"<natGatewayId>([^<]+)")
        return physical_id, {"NatGatewayId": physical_id}

    def delete(physical_id, properties):
        ec2._delete_nat_gateway({"NatGatewayId": [physical_id]})

    def update(physical_id, old, new, stack, logical_id=None):
        if {**old, "Tags": None} == {**new, "Tags": None}:
            return physical_id, {"NatGatewayId": physical_id}
        made = create(logical_id, new, stack)
        delete(physical_id, old)
        return made

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def elastic_ip():
    def attributes(allocation_id):
        address = ec2._addresses[allocation_id]["PublicIp"]
        return address, {"AllocationId": allocation_id, "PublicIp": address}

    def allocation_of(address):
        return next((key for key, record in ec2._addresses.items() if record["PublicIp"] == address), None)

    def create(logical_id, properties, stack):
        return attributes(ec2_call(ec2._allocate_address, {"Domain": ["vpc"]}, r"<allocationId>([^<]+)"))

    def update(physical_id, old, new, stack, logical_id=None):
        return attributes(allocation_of(physical_id))

    def delete(physical_id, properties):
        ec2._release_address({"AllocationId": [allocation_of(physical_id)]})

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def keep_rest_api_properties(resource):
    original = resource["create"]

    def create(logical_id, properties, stack):
        made = original(logical_id, properties, stack)
        record = gateway._rest_apis.get(made[0])
        if record is not None:
            closed = properties.get("DisableExecuteApiEndpoint", False)
            record["disableExecuteApiEndpoint"] = str(closed).lower() == "true"
            types = (properties.get("EndpointConfiguration") or {}).get("Types")
            if types:
                record["endpointConfiguration"] = {"types": types}
        return made

    resource["create"] = create


def keep_access_log(resource):
    def wrapped(call, position):
        def run(*arguments, **named):
            made = call(*arguments, **named)
            properties = arguments[position]
            stage = (gateway._stages_v1.get(properties.get("RestApiId")) or {}).get(properties.get("StageName"))
            setting = properties.get("AccessLogSetting")
            if stage is not None and setting:
                stage["accessLogSettings"] = {"destinationArn": setting.get("DestinationArn"), "format": setting.get("Format")}
            return made

        return run

    for name, position in (("create", 1), ("update", 2)):
        if name in resource:
            resource[name] = wrapped(resource[name], position)


def refer_to_secrets_by_arn(resource):
    """Ref of a secret is its ARN; here it would be its name, and no policy that names it would fit."""
    create, update, delete = resource["create"], resource["update"], resource["delete"]

    def name_of(arn):
        return arn.split(":secret:", 1)[-1].rsplit("-", 1)[0]

    def by_arn(made):
        _, attributes = made
        return attributes["Arn"], attributes

    resource["create"] = lambda *arguments: by_arn(create(*arguments))
    resource["update"] = lambda arn, *arguments, **named: by_arn(update(name_of(arn), *arguments, **named))
    resource["delete"] = lambda arn, properties: delete(name_of(arn), properties)


def patch():
    handlers = provisioners._RESOURCE_HANDLERS
    for name, prefix in RECORDED.items():
        handlers[name] = recorded(prefix)
    handlers["AWS::EC2::EIP"] = elastic_ip()
    handlers["AWS::EC2::NatGateway"] = nat_gateway()
    keep_rest_api_properties(handlers["AWS::ApiGateway::RestApi"])
    keep_access_log(handlers["AWS::ApiGateway::Stage"])
    refer_to_secrets_by_arn(handlers["AWS::SecretsManager::Secret"])
