/** Fixed addresses as the lines that a backend's owner pastes. One entry a form; nothing else knows them. */
export interface EgressForm {
  readonly what: string;
  write(addresses: readonly string[]): string;
}

const ranges = (addresses: readonly string[]) => addresses.map((address) => `${address}/32`);
const lines = (...text: readonly string[]) => text.join('\n');

export const egressForms: Readonly<Record<string, EgressForm>> = {
  nginx: {
    what: 'nginx: into server or location (ngx_http_access_module)',
    write: (addresses) => lines(...addresses.map((address) => `allow ${address};`), 'deny all;'),
  },
  apache: {
    what: 'Apache 2.4: into VirtualHost, Location or .htaccess (mod_authz_host)',
    write: (addresses) =>
      lines('<RequireAny>', ...addresses.map((address) => `  Require ip ${address}`), '</RequireAny>'),
  },
  iis: {
    what: 'IIS: web.config; needs the role service IP and Domain Restrictions',
    write: (addresses) =>
      lines(
        '<system.webServer>',
        '  <security>',
        '    <ipSecurity allowUnlisted="false">',
        ...addresses.map((address) => `      <add ipAddress="${address}" allowed="true" />`),
        '    </ipSecurity>',
        '  </security>',
        '</system.webServer>',
      ),
  },
  mendix: {
    what: 'Mendix Cloud: Environments, Network, Access Restriction Profile, IP ranges; then on the paths /rest/, /odata/, /ws/',
    write: (addresses) => lines(...ranges(addresses)),
  },
  outsystems: {
    what: 'OutSystems 11: Service Center, Administration, Security, Network Security, Internal Network; then "Internal Access Only" on the exposed REST API. This list is for the whole environment: add to what is there',
    write: (addresses) => lines(...addresses),
  },
  'security-group': {
    what: 'AWS security group: GROUP is that of your load balancer or instance',
    write: (addresses) =>
      lines(
        ...ranges(addresses).map(
          (range) =>
            `aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port 443 --cidr ${range}`,
        ),
      ),
  },
};
