"""Custom domain names: UpdateDomainName (404 unpatched), a duplicate CreateDomainName (200), a truststore that is not there (200)."""

import json
import re
import urllib.parse

from ministack.services import apigateway_v1 as gateway
from ministack.services import s3
from ministack.services.cloudformation import provisioners

TRUSTSTORE = ("/mutualTlsAuthentication/truststoreUri", "/mutualTlsAuthentication/truststoreVersion")
PLAIN = ("/securityPolicy", "/regionalCertificateArn", "/certificateArn", "/routingMode")
DUPLICATE = "The domain name you provided already exists."


def bad_request(message):
    return gateway._v1_error("BadRequestException", message, 400)


def truststore_error(mutual_tls):
    uri, version = mutual_tls.get("truststoreUri"), mutual_tls.get("truststoreVersion")
    if not uri:
        return None
    place = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
    if not place:
        return "Invalid S3 URI provided for truststoreUri"
    status, _, _ = s3._get_object(place[1], place[2], {}, {"versionId": [version]} if version else {})
    if status >= 300:
        return f"Could not read truststore {uri}" + (f" version {version}" if version else "")
    return None


def update(name, data):
    record = gateway._domain_names.get(name)
    if not record:
        return gateway._v1_error("NotFoundException", "Invalid domain name identifier specified", 404)
    mutual_tls, plain = dict(record.get("mutualTlsAuthentication") or {}), {}
    for operation in data.get("patchOperations", []):
        path, value, kind = operation.get("path", ""), operation.get("value"), operation.get("op")
        if kind not in ("replace", "add", "remove"):
            return bad_request("Invalid patch operation specified. Must be one of: [add, remove, replace]")
        if path in TRUSTSTORE:
            key = path.rsplit("/", 1)[1]
            if kind == "remove":
                mutual_tls.pop(key, None)
            else:
                mutual_tls[key] = value
        elif path in PLAIN:
            plain[path[1:]] = value
        else:
            return bad_request(f"Invalid patch path '{path}' specified for op '{kind}'.")
    if error := truststore_error(mutual_tls):
        return bad_request(error)
    record.update(plain)
    record["mutualTlsAuthentication"] = mutual_tls
    record["domainNameStatus"] = "AVAILABLE"
    return gateway._v1_response(record)


def patch():
    original_create, original_handle = gateway._create_domain_name, gateway.handle_request

    def create(data):
        if error := truststore_error(data.get("mutualTlsAuthentication") or {}):
            return bad_request(error)
        status, headers, body = original_create(data)
        record = gateway._domain_names.get(data.get("domainName"))
        if record is None:
            return status, headers, body
        record["domainNameStatus"] = "AVAILABLE"
        return gateway._v1_response(record, status)

    async def handle_request(method, path, headers, body, query_params):
        name = re.fullmatch(r"/domainnames/([^/]+)/?", path)
        if name and method == "PATCH":
            return update(urllib.parse.unquote(name[1]), json.loads(body or b"{}"))
        creates = method == "POST" and path.rstrip("/") == "/domainnames"
        if creates and json.loads(body or b"{}").get("domainName") in gateway._domain_names:
            return gateway._v1_error("ConflictException", DUPLICATE, 409)
        return await original_handle(method, path, headers, body, query_params)

    gateway._create_domain_name = create
    gateway.handle_request = handle_request

    # An update through CloudFormation calls the emulator's own create again, so only a first one can be a duplicate.
    resource = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::DomainName"]
    original = resource["create"]

    def create_resource(logical_id, properties, stack):
        if properties.get("DomainName") in gateway._domain_names:
            raise ValueError(f"{DUPLICATE} (Service: ApiGateway, Status Code: 409)")
        return original(logical_id, properties, stack)

    resource["create"] = create_resource
