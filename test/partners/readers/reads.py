"""One certificate a line, base64 of its DER; prints one line each: ok, or why not."""
import base64
import sys
import warnings

from cryptography import x509

warnings.simplefilter("ignore")
for line in sys.stdin:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(line))
        certificate.subject
        certificate.issuer
        certificate.extensions
        certificate.public_key()
        print("ok")
    except Exception as error:
        print("no: " + str(error).replace("\n", " "))
