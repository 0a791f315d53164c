import type { Recipe } from './recipe.ts';

/** Both take the file through .NET, whose handling of intermediates is the trap. */
export const windows: readonly Recipe[] = [
  {
    id: 'dotnet',
    title: '.NET (C#)',
    needs: 'p12',
    steps: [
      {
        text: 'Load the PKCS#12 file and give it to the handler.',
        code: {
          language: 'csharp',
          text: `using System.Security.Cryptography.X509Certificates;

var password = File.ReadLines("{{passwordFile}}").First();
var handler = new HttpClientHandler { ClientCertificateOptions = ClientCertificateOption.Manual };
handler.ClientCertificates.Add(new X509Certificate2("{{p12}}", password));
using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod("{{method}}"), "{{url}}"));
Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");`,
        },
      },
    ],
    traps: [
      '.NET does not send the intermediates of the file. Put them into the store *Intermediate Certification Authorities* of the account that the program runs as (on Linux: `new X509Store(StoreName.CertificateAuthority, StoreLocation.CurrentUser)`), or build the chain with `SslStreamCertificateContext`; this differs by version and system.',
      'A certificate without its key is left out in silence: check `HasPrivateKey`.',
      'In IIS and Azure App Service load with `X509KeyStorageFlags.MachineKeySet` or `EphemeralKeySet` when the profile of the user is not loaded.',
      '{{#serverChain}}Import `{{serverChain}}` into *Trusted Root Certification Authorities*; never turn the check of the server off.{{/serverChain}}',
    ],
  },
  {
    id: 'powershell',
    title: 'PowerShell',
    needs: 'p12',
    steps: [
      {
        text: 'Run this; it asks for the password.',
        code: {
          language: 'powershell',
          text: `$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2((Resolve-Path '{{p12}}').Path, (Read-Host -AsSecureString 'Password'))
Invoke-WebRequest -Method {{method}} -Uri '{{url}}' -Certificate $certificate -TimeoutSec 20 -UseBasicParsing`,
        },
      },
    ],
    traps: [
      'Intermediates must be in the store *Intermediate Certification Authorities*, as for .NET.',
      'Windows PowerShell 5.1 throws for every answer but 2xx: the answer is in `$_.Exception.Response`.',
    ],
  },
];
