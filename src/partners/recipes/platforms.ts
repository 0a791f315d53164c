import type { Recipe } from './recipe.ts';

const steps = (...texts: string[]) => texts.map((text) => ({ text }));
const trust = '{{#serverChain}}Add the certificates of `{{serverChain}}` as trusted authorities.{{/serverChain}}';

/** Tools that people set up by hand. */
export const platforms: readonly Recipe[] = [
  {
    id: 'postman',
    title: 'Postman',
    needs: 'pem',
    steps: [
      ...steps(
        'Settings → Certificates → Add Certificate: host `{{host}}`, port `{{port}}`, CRT file `{{certificate}}`, KEY file `{{key}}`.',
        '{{#serverChain}}Under CA Certificates choose `{{serverChain}}`.{{/serverChain}}',
        'Send `{{method}} {{url}}`, then look into the console (View → Show Postman Console).',
      ),
      {
        text: 'On a command line: save this as `call.postman.json` (Postman imports it, too), and install newman: `npm install --global newman`.',
        code: {
          language: 'json',
          file: 'call.postman.json',
          text: `{
  "info": { "name": "{{host}}", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
  "item": [{ "name": "call", "request": { "method": "{{method}}", "url": "{{url}}"{{#asks}}, "header": [
    { "key": "Accept", "value": "*/*" }{{#clientKey}},
    { "key": "X-Sallyport-Key", "value": "YOUR KEY" }{{/clientKey}}{{#token}},
    { "key": "Authorization", "value": "Bearer YOUR TOKEN" }{{/token}}
  ]{{/asks}} } }]
}`,
        },
      },
      {
        text: 'Run it.',
        code: {
          language: 'sh',
          text: 'newman run call.postman.json --ssl-client-cert {{certificate}} --ssl-client-key {{key}}{{#serverChain}} --ssl-extra-ca-certs {{serverChain}}{{/serverChain}} --verbose',
        },
      },
    ],
    traps: [
      'Host and port must match exactly; without a port Postman means 443.',
      'A certificate without its key is shown as sent in the console but is not on the wire.',
      'The file must hold the intermediates too.',
    ],
  },
  {
    id: 'bruno',
    title: 'Bruno',
    needs: 'pem',
    steps: [
      {
        text: 'A folder with these two files is a collection. Save this as `bruno.json`.',
        code: {
          language: 'json',
          file: 'bruno.json',
          text: `{
  "version": "1",
  "name": "{{host}}",
  "type": "collection",
  "clientCertificates": {
    "enabled": true,
    "certs": [
      { "domain": "{{host}}", "type": "cert", "certFilePath": "{{certificate}}", "keyFilePath": "{{key}}", "passphrase": "" }
    ]
  }
}`,
        },
      },
      {
        text: 'And this as `call.bru`.',
        code: {
          language: 'text',
          file: 'call.bru',
          text: `meta {
  name: call
  type: http
  seq: 1
}

{{verb}} {
  url: {{url}}
  body: none
  auth: none
}
{{#asks}}
headers {
{{#clientKey}}  X-Sallyport-Key: YOUR KEY
{{/clientKey}}{{#token}}  Authorization: Bearer YOUR TOKEN
{{/token}}}
{{/asks}}`,
        },
      },
      {
        text: 'Open the folder in Bruno as a collection and send it{{#serverChain}}, with Preferences → General → Use custom CA certificate: `{{serverChain}}`{{/serverChain}}; or on a command line, after `npm install --global @usebruno/cli`:',
        code: {
          language: 'sh',
          text: 'bru run call.bru{{#serverChain}} --cacert {{serverChain}}{{/serverChain}} --output answer.json && cat answer.json',
        },
      },
    ],
    traps: ['The domain is without `https://` and without path.'],
  },
  {
    id: 'mendix',
    title: 'Mendix',
    needs: 'p12',
    steps: [
      ...steps(
        'In the cloud: Environments → Details → Network → Outgoing client certificates: upload `{{p12}}` with its password.',
        'Pin it to the host name `{{host}}`.',
        '{{#serverChain}}Upload `{{serverChain}}` as a certificate authority in the same place.{{/serverChain}}',
        'Stop the app and start it again.',
      ),
      {
        text: 'For a local run put these custom settings into the configuration in Studio Pro, with your own folder and the password in the place of PASSWORD.',
        code: {
          language: 'text',
          text: String.raw`ClientCertificates = C:\\certificates\\{{p12}}
ClientCertificatePasswords = PASSWORD
ClientCertificateUsages = {"{{host}}": "C:\\certificates\\{{p12}}"}`,
        },
      },
    ],
    traps: [
      'Backslashes are doubled in the local settings.',
      'Without the pin to the host name nothing is sent; after an upload the app must be restarted.',
      'Mendix takes PKCS#12 only.',
    ],
  },
  {
    id: 'outsystems',
    title: 'OutSystems',
    needs: 'p12',
    steps: steps(
      'OutSystems 11 has no field for the certificate of a consumed REST service: use the callback *OnBeforeRequestAdvanced* with an extension (C#) that adds the certificate to the request.',
      'Install `{{p12}}` in the certificate store of the front-end server, readable by the account of the application pool; in the cloud ask OutSystems support.',
      `${trust}`,
      'Call `{{method}} {{url}}`.',
    ),
    traps: ['It is .NET below: the intermediates must be in the intermediate store, or they are not sent.'],
  },
  {
    id: 'salesforce',
    title: 'Salesforce',
    needs: 'p12',
    steps: steps(
      'Ask Salesforce support to enable mutual authentication if the org lacks it.',
      'Setup → Certificate and Key Management: import a keystore (JKS) with the key, the certificate and **all intermediates**.',
      'Make a Named Credential for `https://{{host}}:{{port}}` with that certificate, and call `{{method}} {{path}}` through it.',
    ),
    traps: [
      'The import takes JKS: `keytool -importkeystore -srckeystore {{p12}} -srcstoretype PKCS12 -destkeystore client.jks -deststoretype JKS`.',
      'Salesforce has no stable addresses on Hyperforce: tell the other side if it also filters addresses.',
    ],
  },
  {
    id: 'power-automate',
    title: 'Power Automate',
    needs: 'p12',
    steps: [
      ...steps(
        'Add an HTTP action: `{{method}} {{url}}`, authentication *Client Certificate*.',
        'Pfx: the file as Base64, from the next command. Password: that of the file, from a secret (Azure Key Vault), with secure inputs turned on.',
      ),
      {
        text: 'The Base64 text, in PowerShell, put on the clipboard:',
        code: {
          language: 'powershell',
          text: "[Convert]::ToBase64String([IO.File]::ReadAllBytes((Resolve-Path '{{p12}}').Path)) | Set-Clipboard",
        },
      },
    ],
    traps: [
      'Without secure inputs the certificate and its password are readable in the run history.',
      '{{#serverChain}}A server certificate of a private CA is not accepted there: ask for one of a public CA.{{/serverChain}}',
    ],
  },
  {
    id: 'sap',
    title: 'SAP (STRUST, SM59)',
    needs: 'p12',
    steps: steps(
      'Convert the file to a PSE: `sapgenpse import_p12 -p client.pse {{p12}}`.',
      'STRUST: make an SSL client identity and import `client.pse` into it, with the intermediates.',
      'Add the authority of the server to its certificate list. {{#serverChain}}That is `{{serverChain}}`.{{/serverChain}}',
      'SM59: destination type G, host `{{host}}`, port `{{port}}`, path `{{path}}`, SSL active, that SSL client identity.',
      'Restart ICM (SMICM → Administration → ICM → Exit Soft → Global).',
    ),
    traps: [
      'Without the server’s authority in the list it fails with SSSLERR_PEER_CERT_UNTRUSTED.',
      'SNI must be on: `icm/HTTPS/client_sni_enabled = TRUE`.',
    ],
  },
];
