<?php
// A partner in PHP: LIBRARY FOLDER WHO URL [WHO URL]… prints `WHO STATUS BODY` or `WHO error MESSAGE` for each.
[, $library, $folder] = $argv;
foreach (array_chunk(array_slice($argv, 3), 2) as [$who, $url]) {
    [$status, $body] = $library === 'curl' ? with_curl($folder, $who, $url) : with_streams($folder, $who, $url);
    echo "$who ", $status === 0 ? 'error' : $status, ' ', trim(preg_replace('/\s+/', ' ', $body)), "\n";
}

function with_curl(string $folder, string $who, string $url): array
{
    $handle = curl_init($url);
    curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_CAINFO => "$folder/ca.pem", CURLOPT_TIMEOUT => 10]);
    if ($who !== 'none') {
        curl_setopt_array($handle, [CURLOPT_SSLCERT => "$folder/$who.pem", CURLOPT_SSLKEY => "$folder/$who.key"]);
    }
    $body = curl_exec($handle);
    return $body === false ? [0, curl_error($handle)] : [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), $body];
}

function with_streams(string $folder, string $who, string $url): array
{
    $ssl = ['cafile' => "$folder/ca.pem"];
    if ($who !== 'none') {
        $ssl += ['local_cert' => "$folder/$who.pem", 'local_pk' => "$folder/$who.key"];
    }
    $http = ['ignore_errors' => true, 'timeout' => 10];
    $body = @file_get_contents($url, false, stream_context_create(['ssl' => $ssl, 'http' => $http]));
    return $body === false ? [0, error_get_last()['message'] ?? 'no answer'] : [(int) explode(' ', $http_response_header[0])[1], $body];
}
