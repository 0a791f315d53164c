/** As `check.sh`, for Windows PowerShell 5.1 and later, with the PKCS#12 file. */
export const checkPs1 = `# Checks the way to {{host}}. Usage: powershell -File check.ps1 [-P12 {{p12}}]   It asks for the password.
# Send the whole output back. It holds no key and no password. Every step ends by itself.
param([string]$P12 = '{{p12}}')
$name = '{{host}}'; $port = {{port}}; $url = '{{url}}'
$client = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2((Resolve-Path $P12).Path, (Read-Host -AsSecureString 'Password'))
"      certificate  $($client.Subject), issued by $($client.Issuer), until $($client.NotAfter.ToUniversalTime().ToString('u'))"
if (-not $client.HasPrivateKey) { 'NO    key          the file holds no key: nothing can be sent' }
try { "ok    dns          $([System.Net.Dns]::GetHostAddresses($name) -join ' ')" } catch { "NO    dns          $name is not found" }
$tcp = New-Object System.Net.Sockets.TcpClient
try {
  if (-not $tcp.ConnectAsync($name, $port).Wait(10000)) { throw 'no connection in 10 s' }
  $script:found = $null
  $judge = [System.Net.Security.RemoteCertificateValidationCallback] {
    param($from, $server, $chain, $errors)
    $script:found = "$($server.Subject), issued by $($server.Issuer)"; $script:errors = $errors
    return $true # only to see it: no request is sent on this connection
  }
  $tls = New-Object System.Net.Security.SslStream($tcp.GetStream(), $false, $judge)
  $tls.ReadTimeout = 10000; $tls.WriteTimeout = 10000
  $own = New-Object System.Security.Cryptography.X509Certificates.X509CertificateCollection
  [void]$own.Add($client)
  $tls.AuthenticateAsClient($name, $own, [System.Security.Authentication.SslProtocols]::Tls12, $false)
  "ok    server       $script:found (a firm's own proxy here? then TLS is inspected on the way: ask for an exception)"
  if ("$script:errors" -eq 'None') { 'ok    chain        the server is trusted' } else { "NO    chain        the server is not trusted: $script:errors" }
  if ($tls.LocalCertificate) { 'ok    sent         your certificate' } else { 'NO    sent         your certificate was not sent' }
} catch { "NO    server       $script:found $($_.Exception.GetBaseException().Message)" } finally { $tcp.Dispose() }
[System.Net.ServicePointManager]::SecurityProtocol = [System.Net.SecurityProtocolType]::Tls12
$answer = $null
try { $answer = Invoke-WebRequest -Method '{{method}}' -Uri $url -Certificate $client -TimeoutSec 20 -UseBasicParsing } catch {
  $answer = $_.Exception.Response
  if (-not $answer) { "NO    answer       none: $($_.Exception.GetBaseException().Message)" }
}
if ($answer) {
  $status = [int]$answer.StatusCode
  "$(if ($status -lt 300) { 'ok' } else { 'NO' })    answer       HTTP $status"
  foreach ($header in 'X-Sallyport-Reference', 'Date') {
    $value = $null
    if ($answer.Headers.PSObject.Methods['TryGetValues']) { $list = $null; if ($answer.Headers.TryGetValues($header, [ref]$list)) { $value = $list -join ' ' } }
    else { $value = $answer.Headers[$header] -join ' ' }
    "      $($header.PadRight(24)) $value"
    if ($header -eq 'Date' -and $value) {
      $off = [math]::Round(([DateTimeOffset]::UtcNow - [DateTimeOffset]::Parse($value)).TotalSeconds)
      "$(if ([math]::Abs($off) -gt 60) { 'NO' } else { 'ok' })    clock        $off s from the server"
    }
  }
}
`;
