/** Placeholders as in recipes. It prints what may be sent on; the key is read by curl and openssl only. */
export const checkSh = String.raw`#!/usr/bin/env bash
# Checks the way to {{host}}. Usage: bash check.sh [CERTIFICATE.pem KEY.pem]   (default: {{certificate}} {{key}})
# A key or a token that requests have to carry is taken from the variables SALLYPORT_KEY and TOKEN.
# Send the whole output back. It holds no key. Every step ends by itself.
host='{{host}}'; port='{{port}}'; method='{{method}}'; url='{{url}}'
cert=$1; key=$2
[ -n "$cert" ] || cert='{{certificate}}'
[ -n "$key" ] || key='{{key}}'
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
bad=0
ok() { printf 'ok    %-12s %s\n' "$1" "$2"; }
no() { printf 'NO    %-12s %s\n' "$1" "$2"; bad=1; }
limit() { # SECONDS COMMAND…: macOS has no timeout(1)
  local seconds=$1 pid watch code; shift
  "$@" </dev/null & pid=$!
  ( sleep "$seconds"; kill "$pid" ) >/dev/null 2>&1 & watch=$!
  wait "$pid" 2>/dev/null; code=$?
  kill "$watch" 2>/dev/null
  return "$code"
}
for tool in curl openssl; do command -v "$tool" >/dev/null || { no tools "$tool is not installed"; exit 3; }; done
for file in "$cert" "$key"; do [ -r "$file" ] || { no files "cannot read $file"; exit 3; }; done
if command -v getent >/dev/null; then limit 10 getent hosts "$host"; else limit 10 nslookup "$host"; fi >"$work/dns" 2>&1 \
  && ok dns "$host: $(tr '\n' ' ' <"$work/dns" | cut -c1-200)" || no dns "$host is not found"

set --
[ -r "$here/server-chain.pem" ] && set -- -CAfile "$here/server-chain.pem"
limit 15 openssl s_client -connect "$host:$port" -servername "$host" -verify_hostname "$host" -msg "$@" \
  -cert "$cert" -cert_chain "$cert" -key "$key" >"$work/tls" 2>"$work/tls.err"
issuer=$(openssl x509 -noout -issuer -enddate <"$work/tls" 2>/dev/null | tr '\n' ' ')
if [ -n "$issuer" ]; then ok server "$issuer (a firm's own proxy here? then TLS is inspected on the way: ask for an exception)"
else no server "no TLS with $host:$port: $(tail -n 1 "$work/tls.err" | cut -c1-200)"; fi
verify=$(grep -m 1 'Verify return code' "$work/tls" | sed 's/^ *//')
case "$verify" in *': 0 (ok)'*) ok chain "$verify" ;; *) no chain "the server is not trusted: $verify" ;; esac
if grep -q '^>>> .*CertificateVerify' "$work/tls"; then ok sent "your certificate: $(openssl x509 -noout -subject -issuer -enddate -in "$cert" | tr '\n' ' ')"
else no sent 'your certificate was not sent'; fi

set --
[ -r "$here/server-chain.pem" ] && set -- --cacert "$here/server-chain.pem"
[ -n "$SALLYPORT_KEY" ] && set -- "$@" -H "X-Sallyport-Key: $SALLYPORT_KEY"
[ -n "$TOKEN" ] && set -- "$@" -H "Authorization: Bearer $TOKEN"
limit 30 curl -q -sS -m 20 -X "$method" --path-as-is "$@" \
  --cert "$cert" --key "$key" -D "$work/headers" -o "$work/body" "$url" 2>"$work/curl.err"
status=$(awk 'NR == 1 { print $2 }' "$work/headers" 2>/dev/null)
value() { tr -d '\r' <"$work/headers" 2>/dev/null | awk -F': ' -v name="$1" 'tolower($1) == name { print $2; exit }'; }
date=$(value date)
if [ -n "$date" ]; then
  then=$(date -u -d "$date" +%s 2>/dev/null || LC_ALL=C date -j -u -f '%a, %d %b %Y %T GMT' "$date" +%s 2>/dev/null)
  off=$(( $(date -u +%s) - then ))
  if [ "$off" -gt 60 ] || [ "$off" -lt -60 ]; then no clock "this machine is $off s off"; else ok clock "$off s from the server"; fi
fi
case "$status" in
  2*) ok answer "HTTP $status" ;;
  '') no answer "none: $(head -n 1 "$work/curl.err" | cut -c1-200)" ;;
  *) no answer "HTTP $status: $(head -c 300 "$work/body" 2>/dev/null)" ;;
esac
echo "      reference    $(value x-sallyport-reference)"
exit "$bad"
`;
