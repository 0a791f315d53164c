"""Calls of the deployed API: execute-api closed (open unpatched), the client certificate of a mutual-TLS front and the domain
name that was called (both absent from events), the authorizer's context in gateway responses (left as it stands: whether AWS
fills it in there is documented, and not proven here).

The front in front of this server sends the certificate as X-Emu-Client-Cert (PEM, percent-encoded); the header goes no further.
"""

import contextvars
import re
import subprocess
import urllib.parse

import ministack.app as app
from ministack.services import apigateway_v1 as gateway

CERTIFICATE_HEADER = "x-emu-client-cert"
CONTEXT_VARIABLE = re.compile(r"\$context\.((?:authorizer|identity)\.\w+|extendedRequestId)")
_certificate = contextvars.ContextVar("client_certificate", default=None)
_domain = contextvars.ContextVar("domain_name", default=None)
_decided = contextvars.ContextVar("authorizer_context", default={})


def client_certificate(pem):
    """The five members of identity.clientCert."""
    command = ["openssl", "x509", "-noout", "-subject", "-issuer", "-serial", "-dates", "-nameopt", "compat,sep_comma_plus"]
    printed = subprocess.run(command, input=pem.encode(), capture_output=True, check=True).stdout.decode()
    field = {name: value.strip() for name, value in (line.split("=", 1) for line in printed.splitlines() if "=" in line)}
    serial, number = field["serial"], int(field["serial"], 16)
    padded = serial.lower().zfill(len(serial) + len(serial) % 2)
    return {
        "clientCertPem": pem,
        "subjectDN": name_of(field["subject"]),
        "issuerDN": name_of(field["issuer"]),
        "serialNumber": str(number) if number < 2**63 else ":".join(re.findall("..", padded)),
        "validity": {"notBefore": field["notBefore"], "notAfter": field["notAfter"]},
    }


def name_of(text):
    return ",".join(part.strip() for part in text.lstrip("/").replace("/", ",").split(","))


def is_closed(api_id):
    return any(
        found == api_id and str(record.get("disableExecuteApiEndpoint")).lower() == "true"
        for (_, _, found), record in gateway._rest_apis.all_items()
    )


def completed(event):
    context = event["requestContext"]
    if certificate := _certificate.get():
        context["identity"]["clientCert"] = certificate
    if domain := _domain.get():
        context["domainName"] = domain
        context["domainPrefix"] = domain.split(".")[0]
    return event


def variables_of(request):
    known = {f"authorizer.{name}": value for name, value in _decided.get().items()}
    known["identity.sourceIp"] = gateway._header_ci(request["headers"], "x-forwarded-for") or "127.0.0.1"
    known["extendedRequestId"] = request["request_id"]
    return known


def fill_gateway_responses():
    render, value_of, stringify = gateway._gateway_error_response, gateway._gateway_request_value, gateway._stringify_context

    def remember(context):
        _decided.set(stringify(context))
        return _decided.get()

    def request_value(source, request):
        return variables_of(request).get(source.removeprefix("context.")) or value_of(source, request)

    def filled(error, request):
        status, headers, body = render(error, request)
        known = variables_of(request)
        text = CONTEXT_VARIABLE.sub(lambda found: known.get(found[1], ""), body.decode("utf-8"))
        return status, headers, text.encode("utf-8")

    gateway._stringify_context = remember
    gateway._gateway_request_value = request_value
    gateway._gateway_error_response = filled


def patch():
    fill_gateway_responses()
    execute, invoke_authorizer = app._handle_execute_api_request, gateway._invoke_authorizer_lambda
    builder = next(
        name
        for name, member in vars(gateway).items()
        if callable(member) and (member.__doc__ or "").startswith("Build the API Gateway v1 payload format 1.0 event")
    )
    build_event = getattr(gateway, builder)

    async def handle_execute_api(host, path, method, headers, body, query_params, *rest, **named):
        # Parsed from the host and the path: a custom domain's name is neither.
        direct = app._parse_execute_api_url(host, path)
        if direct and is_closed(direct[0]):
            answer = {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"}
            return 403, answer, b'{"message":"Forbidden"}'
        _domain.set((gateway._header_ci(headers, "host") or host).split(":")[0])
        sent = gateway._header_ci(headers, CERTIFICATE_HEADER)
        if sent:
            headers = {name: value for name, value in headers.items() if name.lower() != CERTIFICATE_HEADER}
            _certificate.set(client_certificate(urllib.parse.unquote(sent)))
        return await execute(host, path, method, headers, body, query_params, *rest, **named)

    async def authorize(authorizer, event, account_id, region):
        return await invoke_authorizer(authorizer, completed(event), account_id, region)

    app._handle_execute_api_request = handle_execute_api
    gateway._invoke_authorizer_lambda = authorize
    setattr(gateway, builder, lambda *a, **k: completed(build_event(*a, **k)))
