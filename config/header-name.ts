import { refuse } from '../core/problem.ts';

/** What the front sets, removes or frames the message with: a credential there would be lost or would break the request. */
const owned =
  /^(connection|keep-alive|proxy-connection|proxy-authenticate|proxy-authorization|te|trailer|transfer-encoding|upgrade|host|content-length|content-type|content-encoding|accept|accept-encoding|expect|cookie|date|via|forwarded|range|client-cert.*|sallyport.*|x-sallyport.*|x-forwarded.*|x-ssl.*|ssl-.*|x-amzn-.*|x-real-ip|x-http-method.*|x-method-override|x-original-url|x-rewrite-url)$/;

/** @throws ProblemError `header_name_owned`, `header_name_malformed` */
export function checkHeaderName(name: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(name)) {
    refuse({ code: 'header_name_malformed', message: 'this is no header name (RFC 9110 section 5.1)' });
  }
  // Many servers read `_` as `-`, so one spelling must not slip past the other.
  if (owned.test(name.toLowerCase().replaceAll('_', '-'))) {
    refuse({ code: 'header_name_owned', message: 'the front owns this header' });
  }
  return name;
}
