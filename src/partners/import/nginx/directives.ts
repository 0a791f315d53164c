import { awsLimits } from '../../../core/aws-limits.ts';
import type { Directive } from './text/syntax.ts';

/**
 * Every directive that may stand in what is imported, by name: used, or harmless for the reason it stands under. One that
 * is in neither table stops the part it guards. A prefix is no reason: what forces a method begins like what sizes a buffer.
 */
const harmlessFor: Readonly<Record<string, string>> = {
  'how nginx runs, not what it lets in': `user worker_processes worker_rlimit_nofile worker_rlimit_core worker_priority
    worker_cpu_affinity worker_shutdown_timeout worker_connections worker_aio_requests multi_accept use accept_mutex
    accept_mutex_delay pid lock_file daemon master_process load_module error_log debug_connection env pcre_jit thread_pool
    timer_resolution working_directory events ssl_engine`,
  'what is logged': `access_log log_format log_not_found log_subrequest open_log_file_cache rewrite_log
    uninitialized_variable_warn`,
  'sizes of tables and buffers': `variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size
    server_names_hash_max_size server_names_hash_bucket_size types_hash_max_size types_hash_bucket_size
    proxy_headers_hash_max_size proxy_headers_hash_bucket_size referer_hash_max_size referer_hash_bucket_size
    client_body_buffer_size client_body_in_file_only client_body_in_single_buffer client_body_temp_path
    client_header_buffer_size large_client_header_buffers connection_pool_size request_pool_size output_buffers
    postpone_output subrequest_output_buffer_size ssl_buffer_size http2_chunk_size http2_recv_buffer_size
    http2_max_field_size http2_max_header_size`,
  'how long something may take, how often a connection is used': `client_body_timeout client_header_timeout send_timeout
    send_lowat keepalive_timeout keepalive_requests keepalive_time keepalive_disable keepalive_min_timeout
    reset_timedout_connection lingering_close lingering_time lingering_timeout resolver_timeout http2_idle_timeout
    http2_recv_timeout http2_max_requests http2_max_concurrent_streams http2_max_concurrent_pushes http3_max_concurrent_streams
    http3_stream_buffer_size proxy_connect_timeout proxy_read_timeout proxy_send_timeout proxy_socket_keepalive
    proxy_timeout ssl_session_timeout ssl_handshake_timeout`,
  'how bytes are moved': `sendfile sendfile_max_chunk tcp_nopush tcp_nodelay aio aio_write directio directio_alignment
    read_ahead open_file_cache open_file_cache_errors open_file_cache_min_uses open_file_cache_valid disable_symlinks
    chunked_transfer_encoding max_ranges limit_rate limit_rate_after http2 http2_push http2_push_preload http3 http3_hq
    quic_retry quic_gso quic_active_connection_id_limit`,
  'what the answer looks like, after it was let through': `add_header add_trailer expires etag charset charset_types
    source_charset override_charset charset_map default_type types gzip gzip_buffers gzip_comp_level gzip_disable
    gzip_http_version gzip_min_length gzip_proxied gzip_types gzip_vary gzip_static gunzip brotli brotli_comp_level
    brotli_types brotli_static brotli_min_length brotli_buffers brotli_window server_tokens if_modified_since
    absolute_redirect port_in_redirect server_name_in_redirect msie_padding msie_refresh more_set_headers
    more_clear_headers`,
  'errors of nginx itself: what it would show instead of refusing is not shown here': ` error_page recursive_error_pages`,
  'files of nginx itself: a location that proxies has none': `root alias index autoindex autoindex_exact_size
    autoindex_format autoindex_localtime`,
  'names something for other directives, each of which is looked at': `upstream map geo geoip2 geoip_country geoip_city
    split_clients limit_req_zone limit_conn_zone proxy_cache_path valid_referers resolver stream mail
    set auth_basic_user_file auth_request_set limit_req_status limit_conn_status limit_req_log_level limit_conn_log_level`,
  'our paths are stricter than its: neither `//` nor `..` is ever let through': 'merge_slashes',
  'headers that nginx would drop are those that ours drops, and more': ` ignore_invalid_headers underscores_in_headers`,
  'how TLS is spoken, not with whom: the front has a policy of its own': `ssl_certificate ssl_certificate_key
    ssl_password_file ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_dhparam ssl_ecdh_curve ssl_session_cache
    ssl_session_tickets ssl_session_ticket_key ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify
    ssl_early_data ssl_certificate_cache ssl_key_log ssl_certificate_compression ssl_ocsp_cache ssl_ocsp_responder`,
  'how the backend is spoken to; ours has bounds of its own': `proxy_buffering proxy_buffers proxy_buffer_size
    proxy_busy_buffers_size proxy_request_buffering proxy_temp_path proxy_temp_file_write_size proxy_max_temp_file_size
    proxy_http_version proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_ignore_client_abort
    proxy_ignore_headers proxy_intercept_errors proxy_force_ranges proxy_limit_rate proxy_pass_header proxy_pass_trailers
    proxy_redirect proxy_cookie_domain proxy_cookie_path proxy_cookie_flags`,
  'the front comes from addresses of its own': 'proxy_bind',
  'the front keeps no answers, so every request reaches the backend': `proxy_cache proxy_cache_background_update
    proxy_cache_bypass proxy_cache_convert_head proxy_cache_key proxy_cache_lock proxy_cache_lock_age
    proxy_cache_lock_timeout proxy_cache_max_range_offset proxy_cache_methods proxy_cache_min_uses proxy_cache_purge
    proxy_cache_revalidate proxy_cache_use_stale proxy_cache_valid proxy_no_cache`,
  'how TLS to the backend is spoken; ours always verifies': `proxy_ssl_protocols proxy_ssl_ciphers
    proxy_ssl_session_reuse proxy_ssl_server_name proxy_ssl_verify_depth`,
};

const harmless: ReadonlySet<string> = new Set(Object.values(harmlessFor).flatMap((names) => names.trim().split(/\s+/)));

/** Read elsewhere in this folder, by name. */
const used: ReadonlySet<string> = new Set(
  `http server location listen server_name ssl if return limit_except allow deny satisfy internal proxy_pass
    proxy_set_header proxy_method proxy_ssl_name proxy_ssl_verify proxy_ssl_trusted_certificate ssl_client_certificate
    ssl_trusted_certificate ssl_verify_client ssl_verify_depth ssl_crl ssl_ocsp set_real_ip_from real_ip_header
    real_ip_recursive client_max_body_size`.split(/\s+/),
);

/** Takes a check away that stood further out, or is its default. */
const offValues: ReadonlySet<string> = new Set([
  'auth_basic',
  'auth_request',
  'auth_jwt',
  'modsecurity',
  'proxy_store',
  'ssl_reject_handshake',
]);

/** Which response headers name the software that answered, and nothing of a caller: shown or hidden, they open nothing. */
const softwareNames =
  /^(?:server|via|date|x-powered-by|x-aspnet(?:mvc)?-version|x-generator|x-runtime|x-version|x-pad|x-drupal.*)$/;

const harmlessValues: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  proxy_pass_request_body: ([value]) => value === 'on',
  proxy_pass_request_headers: ([value]) => value === 'on',
  proxy_hide_header: ([name = '']) => softwareNames.test(name.toLowerCase()),
  // only what encrypts; `VerifyCAFile` and others decide about certificates
  ssl_conf_command: ([name = '']) => /^(?:Options|Ciphersuites|Groups|Curves|RecordPadding)$/.test(name),
  proxy_ssl_conf_command: ([name = '']) => /^(?:Options|Ciphersuites|Groups|Curves|RecordPadding)$/.test(name),
  // no body of more bytes ever comes this far
  client_max_body_size: ([size = '']) => size === '0' || bytesOf(size) >= awsLimits.lambdaPayloadBytes,
};

/** Whether it may change which requests reach the backend, or how, in a way that nobody reads here. */
export function stops({ name, args }: Directive): boolean {
  const judge = harmlessValues[name];
  if (judge !== undefined) return !judge(args);
  if (offValues.has(name) && args.length === 1 && args[0] === 'off') return false;
  return !harmless.has(name) && !used.has(name);
}

export function isHarmless(directive: Directive): boolean {
  return !stops(directive) && !used.has(directive.name);
}

function bytesOf(size: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg]?)$/i.exec(size) ?? [];
  return Number(digits) * 2 ** (10 * ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase()));
}

/** Of the rewrite module nothing goes from a location into one that stands in it. */
export const rewrites: ReadonlySet<string> = new Set(['if', 'return', 'rewrite', 'break', 'set']);
