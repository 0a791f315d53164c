import type { Recipe } from './recipe.ts';

const run = (text: string) => ({ text: 'Run it.', code: { language: 'sh', text } });

export const languages: readonly Recipe[] = [
  {
    id: 'python-requests',
    title: 'Python requests',
    needs: 'pem',
    steps: [
      {
        text: 'Save this as `call.py`.',
        code: {
          language: 'python',
          file: 'call.py',
          text: `{{#asks}}import os
{{/asks}}import requests

answer = requests.request(
    "{{method}}",
    "{{url}}",
    cert=("{{certificate}}", "{{key}}"),{{#asks}}
    headers={ {{#clientKey}}"X-Sallyport-Key": os.environ["SALLYPORT_KEY"], {{/clientKey}}{{#token}}"Authorization": "Bearer " + os.environ["TOKEN"]{{/token}} },{{/asks}}{{#serverChain}}
    verify="{{serverChain}}",{{/serverChain}}
    timeout=20,
)
print(answer.status_code, answer.headers.get("X-Sallyport-Reference"), answer.text)`,
        },
      },
      run('python3 call.py'),
    ],
    traps: [
      'requests cannot read PKCS#12 and cannot ask for the password of a key.',
      'A variable REQUESTS_CA_BUNDLE changes which servers are trusted.',
    ],
  },
  {
    id: 'node',
    title: 'Node.js',
    needs: 'pem',
    steps: [
      {
        text: 'Save this as `call.mjs`.',
        code: {
          language: 'js',
          file: 'call.mjs',
          text: `import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const options = {
  method: '{{method}}',
  cert: readFileSync('{{certificate}}'),
  key: readFileSync('{{key}}'),{{#asks}}
  headers: { {{#clientKey}}'X-Sallyport-Key': process.env.SALLYPORT_KEY, {{/clientKey}}{{#token}}Authorization: 'Bearer ' + process.env.TOKEN{{/token}} },{{/asks}}{{#serverChain}}
  ca: readFileSync('{{serverChain}}'),{{/serverChain}}
  timeout: 20_000,
};
request('{{url}}', options, (answer) => {
  console.log(answer.statusCode, answer.headers['x-sallyport-reference']);
  answer.pipe(process.stdout);
}).on('timeout', function () { this.destroy(new Error('no answer in 20 s')); }).end();`,
        },
      },
      run('node call.mjs'),
    ],
    traps: [
      "The built-in `fetch` takes no certificate; give undici's `Agent({ connect: { cert, key } })` as its dispatcher.",
      'Node 17 and later cannot read PKCS#12 files with RC2 or 3DES, as old Windows and OpenSSL 1 write them.',
    ],
  },
  {
    id: 'java',
    title: 'Java 11 and later',
    needs: 'p12',
    steps: [
      {
        text: 'Save this as `Call.java`; the password is the first line of `{{passwordFile}}`.',
        code: {
          language: 'java',
          file: 'Call.java',
          text: `import java.io.*;
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.time.Duration;
import javax.net.ssl.*;

public class Call {
  public static void main(String[] none) throws Exception {
    char[] password = Files.readAllLines(Path.of("{{passwordFile}}")).get(0).toCharArray();
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream("{{p12}}")) { own.load(in, password); }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, password);
    TrustManager[] trusted = null;{{#serverChain}}
    KeyStore authorities = KeyStore.getInstance("PKCS12");
    authorities.load(null, null);
    try (InputStream in = new FileInputStream("{{serverChain}}")) {
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) authorities.setCertificateEntry("ca" + count++, one);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities);
    trusted = trust.getTrustManagers();{{/serverChain}}
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trusted, null);
    HttpRequest request = HttpRequest.newBuilder(URI.create("{{url}}")).timeout(Duration.ofSeconds(20)){{#clientKey}}
        .header("X-Sallyport-Key", System.getenv("SALLYPORT_KEY")){{/clientKey}}{{#token}}
        .header("Authorization", "Bearer " + System.getenv("TOKEN")){{/token}}
        .method("{{method}}", HttpRequest.BodyPublishers.noBody()).build();
    HttpResponse<String> answer = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build()
        .send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.statusCode() + " " + answer.headers().firstValue("X-Sallyport-Reference").orElse("") + " " + answer.body());
  }
}`,
        },
      },
      run('java Call.java'),
    ],
    traps: [
      'Java sends nothing when its store lacks the chain of the certificate: put the intermediates into the PKCS#12 file.',
      'Java 8 cannot read AES-encrypted PKCS#12 files: use the legacy form.',
    ],
  },
  {
    id: 'go',
    title: 'Go net/http',
    needs: 'pem',
    steps: [
      {
        text: 'Save this as `call.go`.',
        code: {
          language: 'go',
          file: 'call.go',
          text: `package main

import (
	"crypto/tls"{{#serverChain}}
	"crypto/x509"{{/serverChain}}
	"fmt"
	"io"
	"log"
	"net/http"{{#reads}}
	"os"{{/reads}}
	"time"
)

func main() {
	pair, err := tls.LoadX509KeyPair("{{certificate}}", "{{key}}")
	if err != nil {
		log.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}{{#serverChain}}
	authority, err := os.ReadFile("{{serverChain}}")
	if err != nil {
		log.Fatal(err)
	}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(authority){{/serverChain}}
	request, err := http.NewRequest("{{method}}", "{{url}}", nil)
	if err != nil {
		log.Fatal(err)
	}
{{#clientKey}}	request.Header.Set("X-Sallyport-Key", os.Getenv("SALLYPORT_KEY"))
{{/clientKey}}{{#token}}	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
{{/token}}	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}
	answer, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, answer.Header.Get("X-Sallyport-Reference"), string(body))
}`,
        },
      },
      run('go run call.go'),
    ],
    traps: ['Go sends nothing, and says nothing, when the server lists CAs and none of them signed the certificate.'],
  },
  {
    id: 'php',
    title: 'PHP (curl)',
    needs: 'pem',
    steps: [
      {
        text: 'Save this as `call.php`.',
        code: {
          language: 'php',
          file: 'call.php',
          text: `<?php
$call = curl_init('{{url}}');
curl_setopt_array($call, [
    CURLOPT_CUSTOMREQUEST => '{{method}}',
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HEADER => true,
    CURLOPT_TIMEOUT => 20,
    CURLOPT_SSLCERT => '{{certificate}}',
    CURLOPT_SSLKEY => '{{key}}',{{#asks}}
    CURLOPT_HTTPHEADER => [ {{#clientKey}}'X-Sallyport-Key: ' . getenv('SALLYPORT_KEY'), {{/clientKey}}{{#token}}'Authorization: Bearer ' . getenv('TOKEN'){{/token}} ],{{/asks}}{{#serverChain}}
    CURLOPT_CAINFO => '{{serverChain}}',{{/serverChain}}
]);
$answer = curl_exec($call);
echo $answer === false ? curl_error($call) : $answer, "\\n";`,
        },
      },
      run('php call.php'),
    ],
    traps: ['Relative names count from the folder of the process: in a web server give full paths.'],
  },
];
