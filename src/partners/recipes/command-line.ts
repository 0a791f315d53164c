import type { Recipe } from './recipe.ts';

const sh = (text: string) => ({ language: 'sh', text });

export const commandLine: readonly Recipe[] = [
  {
    id: 'curl',
    title: 'curl (OpenSSL)',
    needs: 'pem',
    steps: [
      {
        text: 'Run this.',
        code: sh(
          `curl -q -sS -i -m 20 --path-as-is -X {{method}}{{#serverChain}} --cacert {{serverChain}}{{/serverChain}} --cert {{certificate}} --key {{key}}{{#clientKey}} -H "X-Sallyport-Key: $SALLYPORT_KEY"{{/clientKey}}{{#token}} -H "Authorization: Bearer $TOKEN"{{/token}} '{{url}}'`,
        ),
      },
    ],
    traps: [
      'Put the intermediates into the certificate file, after the certificate itself: curl sends what stands there.',
      '`curl --version` names the TLS library; this page is for OpenSSL and LibreSSL.',
    ],
  },
  {
    id: 'curl-windows',
    title: 'curl (Windows, Schannel)',
    needs: 'p12',
    steps: [
      {
        text: 'Run this in PowerShell. Type the password in the place of PASSWORD.',
        code: {
          language: 'powershell',
          text: `curl.exe -sS -i -m 20 -X {{method}}{{#serverChain}} --cacert {{serverChain}}{{/serverChain}} --cert-type P12 --cert '{{p12}}:PASSWORD'{{#clientKey}} -H "X-Sallyport-Key: $env:SALLYPORT_KEY"{{/clientKey}}{{#token}} -H "Authorization: Bearer $env:TOKEN"{{/token}} '{{url}}'`,
        },
      },
    ],
    traps: [
      "Windows' own curl uses Schannel, which cannot read PEM keys: give it the PKCS#12 file.",
      'Write `curl.exe`: in Windows PowerShell `curl` is another command.',
      'Windows before 2019 cannot read AES-encrypted PKCS#12 files: ask for the legacy form.',
    ],
  },
  {
    id: 'curl-macos',
    title: 'curl (macOS)',
    needs: 'pem',
    steps: [
      {
        text: 'Run this.',
        code: {
          language: 'zsh',
          text: `/usr/bin/curl -q -sS -i -m 20 -X {{method}}{{#serverChain}} --cacert {{serverChain}}{{/serverChain}} --cert ./{{certificate}} --key ./{{key}}{{#clientKey}} -H "X-Sallyport-Key: $SALLYPORT_KEY"{{/clientKey}}{{#token}} -H "Authorization: Bearer $TOKEN"{{/token}} '{{url}}'`,
        },
      },
    ],
    traps: ['Older macOS looks a name without a slash up in the keychain: keep the `./`.'],
  },
  {
    id: 'openssl',
    title: 'openssl s_client',
    needs: 'pem',
    steps: [
      {
        text: 'Run this.',
        code: sh(
          `printf '{{method}} {{path}} HTTP/1.1\\r\\nHost: {{host}}\\r\\nConnection: close\\r\\n{{#clientKey}}X-Sallyport-Key: %s\\r\\n{{/clientKey}}{{#token}}Authorization: Bearer %s\\r\\n{{/token}}\\r\\n'{{#clientKey}} "$SALLYPORT_KEY"{{/clientKey}}{{#token}} "$TOKEN"{{/token}} | openssl s_client -quiet -connect {{host}}:{{port}} -servername {{host}} -verify_hostname {{host}} -verify_return_error{{#serverChain}} -CAfile {{serverChain}}{{/serverChain}} -cert {{certificate}} -cert_chain {{certificate}} -key {{key}}`,
        ),
      },
    ],
    traps: [
      'Without `-servername` another certificate may be answered; without `-cert_chain` no intermediate is sent.',
    ],
  },
  {
    id: 'wget',
    title: 'wget',
    needs: 'pem',
    steps: [
      {
        text: 'Run this.',
        code: sh(
          `wget --no-config --no-hsts -S -O - -T 20 -t 1 --content-on-error --method={{method}}{{#serverChain}} --ca-certificate={{serverChain}}{{/serverChain}} --certificate={{certificate}} --private-key={{key}}{{#clientKey}} --header="X-Sallyport-Key: $SALLYPORT_KEY"{{/clientKey}}{{#token}} --header="Authorization: Bearer $TOKEN"{{/token}} '{{url}}'`,
        ),
      },
    ],
    traps: [
      'A certificate whose CA the server does not list may not be sent by wget, and it says little about why it failed: try curl.',
    ],
  },
];
