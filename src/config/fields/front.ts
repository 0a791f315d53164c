import { backendSeconds } from '../../core/aws-limits.ts';
import { credentialKinds, transportKinds } from '../../core/registry/connection.ts';
import type { Positioned } from '../../core/registry/source.ts';
import { oneOf } from '../kinds.ts';
import { object, optional, required } from '../object.ts';
import { choice, flag, integer, list, named, type Shape, text } from '../shape.ts';
import * as values from '../values.ts';
import { requirement } from './requirement.ts';

/**
 * The field tables: every key of every file, once. The parser reads by them, the JSON Schemas in schema/ are generated
 * from them, messages quote them.
 */

const support = object(
  {
    email: optional(values.emailAddress, 'Mailbox of the team that answers for refusals.'),
    url: optional(values.webAddress, 'Page of the team that answers for refusals.'),
  },
  { atLeastOne: ['email', 'url'], example: '{ email: api-team@example.com }' },
);

const domain = object(
  {
    name: required(values.hostName, 'The custom domain name partners call.'),
    hostedZone: optional(
      object({
        id: required(values.matching('the id of a hosted zone', 'Z0123456789', '^Z[A-Z0-9]{1,31}$'), 'Its id.'),
        name: required(values.hostName, 'Its name.'),
      }),
      'The Route 53 zone in which the record and the certificate are made.',
    ),
    certificate: optional(
      values.matching(
        'the ARN of an ACM certificate',
        '"arn:aws:acm:eu-west-1:222222222222:certificate/0000"',
        '^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9A-Za-z-]+$',
      ),
      'An existing ACM certificate, when DNS is elsewhere.',
    ),
    ownershipCertificate: optional(
      values.matching(
        'the ARN of an ACM certificate',
        '"arn:aws:acm:eu-west-1:222222222222:certificate/0000"',
        '^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9A-Za-z-]+$',
      ),
      'A public ACM certificate that proves ownership; needed when `certificate` was imported or comes from a private CA.',
    ),
    basePath: optional(
      values.matching('1 to 128 of A-Z a-z 0-9 - _ .', 'partners', '^[A-Za-z0-9._-]{1,128}$'),
      'The first part of every path, when the domain carries several APIs.',
    ),
    waf: optional(flag(true), 'true puts an AWS WAF web ACL with AWS’s managed rules before the front.'),
    replaceDomain: optional(values.hostName, 'The old name, when the name has changed on purpose: it stops answering.'),
  },
  {
    exactlyOne: ['hostedZone', 'certificate'],
    example: '{ name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
  },
);

const tier = object({
  perSecond: required(integer(1, 10_000, 20), 'Requests a second, sustained.'),
  burst: required(integer(1, 5_000, 40), 'Requests at once.'),
  perDay: optional(integer(1, 1_000_000_000, 100_000), 'Requests a day.'),
});

/** `none` in writing, or one of the kinds: no credential is a decision somebody made. */
const credential = oneOf(credentialKinds, {
  example: '{ basic: { user: front, passwordFrom: "secret:erp" } }',
  notHere: {
    oauth2: 'not built yet: use basic, bearer or header',
    sigv4: 'not built yet: use basic, bearer or header',
  },
});

const connection = object(
  {
    transport: required(
      values.notYet(oneOf(transportKinds, {}), ['vpc', 'ssh', 'relay'], 'Transport'),
      `How the backend is reached: ${Object.entries(transportKinds)
        .map(([kind, { doc }]) => `${kind} = ${doc}`)
        .join('; ')}.`,
    ),
    url: required(
      values.matching(
        'scheme and host, optionally a port, nothing behind: https://tenant.example.com',
        '"https://tenant.example.com"',
        '^https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\\[[0-9a-f:.]{2,45}\\])(?::[1-9][0-9]{0,4})?/?$',
      ),
      'Origin of the backend. http only with allowPlaintext: true.',
    ),
    serverName: optional(values.hostName, "The name in the backend's certificate, when it is not the host of url."),
    authorities: optional(values.connectionFile, "PEM file of the only CAs that may sign the backend's certificate."),
    allowPlaintext: optional(flag(true), 'true admits an http url: requests and credentials can be read on the way.'),
    credential: required(credential, 'What the front shows the backend; none must be written.'),
    timeoutSeconds: optional(integer(1, backendSeconds, 20), 'How long the backend may take to begin its answer.'),
    reuse: optional(
      choice('never'),
      'never gives every request a socket of its own: for a backend that answers twice or mixes answers up.',
    ),
    strip: optional(
      list(values.headerNames, 1, 50),
      'Header fields of the caller that do not reach this backend, beyond those that never do.',
    ),
    pass: optional(
      list(values.headerNames, 1, 50),
      'The only header fields of the caller that reach this backend, besides those that describe a body. What never passes still does not.',
    ),
  },
  { example: '{ transport: direct, url: "https://tenant.example.com", credential: none }' },
);

const route = object({
  match: required(values.pattern, 'Which requests.'),
  connection: required(values.name('erp'), 'Where they go: a name under connections.'),
  to: optional(values.target, 'Replaces the part of the path before `**`.'),
  require: optional(
    list(requirement, 1, 20),
    'Conditions of every client on this route and on the routes inside it, all of them; in every spelling of its path.',
  ),
  replaces: optional(
    flag(true),
    'true: the conditions of the routes around this one do not hold for what it forwards.',
  ),
  admits: optional(list(choice('semicolon', 'encoded-slash'), 1, 2), 'Admits `;` or `%2F` in paths.'),
});

const formatOne: Shape<Positioned<1>> = {
  ...text<1>({ allowed: '1', example: '1', parse: (written) => (written === '1' ? 1 : undefined) }),
  schema: { const: 1 },
};

/** sallyport.yaml */
export const frontShape = object({
  format: required(formatOne, 'Version of this file format.'),
  id: required(values.name('orders-3f9c'), 'Written once; stacks, parameters and metrics are named by it.'),
  front: required(values.name('orders'), 'A label for people.'),
  stage: required(choice('production', 'test'), 'production or test.'),
  support: required(support, 'Printed in every refusal.'),
  aws: optional(
    object({
      account: required(values.matching('12 digits', '"222222222222"', '^[0-9]{12}$'), 'AWS account.'),
      region: required(values.matching('an AWS Region', 'eu-west-1', '^[a-z]{2}(-[a-z]+)+-[0-9]$'), 'AWS Region.'),
    }),
    'Where this front is deployed.',
  ),
  domain: optional(domain, 'The custom domain name with mutual TLS.'),
  egress: optional(
    object({
      zones: required(integer(1, 3, 2), 'Availability zones, one fixed address each.'),
      elasticIps: optional(
        list(
          values.matching(
            'the allocation id of an Elastic IP',
            'eipalloc-0123456789abcdef0',
            '^eipalloc-[0-9a-f]{8,17}$',
          ),
          1,
          3,
        ),
        'Addresses that you own already, one a zone.',
      ),
    }),
    'Fixed addresses towards the backend.',
  ),
  concurrency: optional(
    object({
      authorizer: required(integer(1, 10_000, 100), 'Decisions at once.'),
      forwarder: required(integer(1, 10_000, 100), 'Requests to backends at once.'),
    }),
    'Lambda concurrency reserved for each function, so that neither can starve the other. Without it they share the account’s.',
  ),
  functions: optional(
    object({
      maximumAgeSeconds: optional(
        integer(15, 86_400, 900),
        'How long the last good release decides while the pointer cannot be read; then everything is refused. Without it 900.',
      ),
      keepRefusals: optional(
        flag(false),
        'false leaves certificate and path of a refusal out of the log; then `why REFERENCE` cannot decide it again.',
      ),
      bindExtendedRequestId: optional(
        flag(false),
        'false only if AWS spells it differently in the two events of a request: docs/first-deploy.md.',
      ),
      responseMode: optional(
        choice('buffered', 'stream'),
        'stream passes on answers as they are made, up to 200 MB; without it a whole answer of 6 MB at most.',
      ),
    }),
    'Settings of the two functions; docs/settings.md has them all.',
  ),
  logs: optional(
    object({ days: required(values.retentionDays, 'How long CloudWatch keeps every log of the front.') }),
    'Without it 90 days, and 30 for connections that the network of the front refused.',
  ),
  deploy: optional(
    object({
      turnBackFrom: required(
        values.matching('7 to 64 hexadecimal digits of a commit', '"1a2b3c4d5e6f"', '^[0-9a-f]{7,64}$'),
        'The deployed commit that is given up: these files do not descend from it, and may be deployed all the same.',
      ),
    }),
    'What the next deploy may do.',
  ),
  refusals: optional(
    object({ disclose: required(flag(true), 'false keeps the reason from a registered caller.') }),
    'What a refused caller is told.',
  ),
  tiers: optional(named(values.name('default'), tier, 50), 'Limits a client may have; without tiers there are none.'),
  connections: required(named(values.name('erp'), connection, 100), 'Backends and how they are reached.'),
  routes: required(list(route, 1, 10_000), 'Which requests go where; the most specific match counts.'),
});

export type FrontTree = NonNullable<ReturnType<typeof frontShape.read>>;
