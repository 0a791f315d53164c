"""A partner in Python: LIBRARY FOLDER WHO URL [WHO URL]… prints `WHO STATUS BODY` or `WHO error MESSAGE` for each."""

import sys


def with_urllib(ca, pair, url):
    import ssl
    import urllib.error
    import urllib.request

    context = ssl.create_default_context(cafile=ca)
    if pair:
        context.load_cert_chain(*pair)
    try:
        with urllib.request.urlopen(url, context=context, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def with_requests(ca, pair, url):
    import requests

    response = requests.get(url, cert=pair, verify=ca, timeout=10)
    return response.status_code, response.text


def with_httpx(ca, pair, url):
    import ssl

    import httpx

    context = ssl.create_default_context(cafile=ca)
    if pair:
        context.load_cert_chain(*pair)
    with httpx.Client(verify=context, timeout=10) as client:
        response = client.get(url)
        return response.status_code, response.text


library, folder, *calls = sys.argv[1:]
for who, url in zip(calls[::2], calls[1::2]):
    pair = None if who == "none" else (f"{folder}/{who}.pem", f"{folder}/{who}.key")
    try:
        status, body = globals()[f"with_{library}"](f"{folder}/ca.pem", pair, url)
        print(who, status, " ".join(body.split()))
    except Exception as failure:
        print(who, "error", " ".join(str(failure).split()))
