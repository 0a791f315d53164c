"""IAM: condition keys and resources that AWS has and the emulator leaves out, so that our policies are held to what they say.

Unpatched: `s3:if-none-match`, `s3:if-match`, `ssm:Overwrite` and `apigateway:Request/MtlsTrustStoreUri` are never set; ssm:GetParameters is checked against `*`.
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator

_more_resources = contextvars.ContextVar("more_resources", default=())


def members(body):
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def parameter_arns(body, region, account_id):
    names = [name for name in members(body).get("Names", []) if isinstance(name, str)]
    return [f"arn:aws:ssm:{region}:{account_id}:parameter/{name.lstrip('/')}" for name in names]


def truststore_context(body):
    """Both spellings of a request that says which truststore a domain shall have."""
    data = members(body)
    said = [(data.get("mutualTlsAuthentication") or {}).get("truststoreUri")]
    said += [
        operation.get("value")
        for operation in data.get("patchOperations", [])
        if operation.get("path") == "/mutualTlsAuthentication/truststoreUri"
    ]
    found = [uri for uri in said if uri is not None]
    return {"apigateway:Request/MtlsTrustStoreUri": found[-1]} if found else {}


def patch():
    resource_arn, tag_context = iam_actions.extract_resource_arn, iam_actions.request_tag_context
    object_context, enforce = iam_actions._s3_object_context, iam_evaluator.enforce

    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        _more_resources.set(())
        if service == "ssm" and iam_actions._action_from_target(headers) in ("GetParameters", "DeleteParameters"):
            first, *more = parameter_arns(body, region, account_id) or ["*"]
            _more_resources.set(tuple(more))
            return first
        return resource_arn(service, method, path, headers, body, query_params, region, account_id)

    def enforce_each(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        denied = enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, service_context=service_context)
        more = _more_resources.get() if service == "ssm" else ()
        for other in more:
            denied = denied or enforce(access_key_id, iam_action, service, region, resource_arn=other, service_context=service_context)
        return denied

    def request_context(service, iam_action, body, params):
        context = tag_context(service, iam_action, body, params)
        if service == "ssm" and iam_action == "ssm:PutParameter":
            return {**context, "ssm:Overwrite": "true" if members(body).get("Overwrite") else "false"}
        return {**context, **truststore_context(body)} if service == "apigateway" else context

    def s3_context(iam_action, query_params, path, headers):
        context = object_context(iam_action, query_params, path, headers)
        if iam_action in ("s3:PutObject", "s3:DeleteObject"):
            for name in ("if-none-match", "if-match"):
                if headers.get(name):
                    context[f"s3:{name}"] = headers[name]
        return context

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.request_tag_context = request_context
    iam_actions._s3_object_context = s3_context
    iam_evaluator.enforce = enforce_each
