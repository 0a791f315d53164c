import { psd2RoleOids } from '../../core/decide/caller/conditions.ts';
import { type ClientDocument, psd2Roles, type RegistryDocument } from '../../core/registry/document.ts';
import { objectIdentifier, sequence, stringTag, text } from '../../core/x509/write-der.ts';
import { type ExtensionSpec, extension } from '../../core/x509/write-extension.ts';

type Role = (typeof psd2Roles)[number];

/** The roles that some condition of the client, or of a route, is about: a twin has them all, so that it can be tried. */
export function rolesOf({ require }: Pick<ClientDocument, 'require'>, { routes }: RegistryDocument): readonly Role[] {
  const asked = [...(require ?? []), ...routes.flatMap((route) => route.require ?? [])]
    .flatMap(({ any }) => any)
    .flatMap((condition) => ('psd2Role' in condition ? [condition.psd2Role] : []));
  return psd2Roles.filter((role) => asked.includes(role));
}

/** ETSI TS 119 495 §5.1, of an authority that does not exist. */
export function psd2Extension(roles: readonly Role[]): ExtensionSpec {
  const written = roles.map((role) => sequence(objectIdentifier(psd2RoleOids[role]), text(stringTag.utf8, role)));
  const authority = [text(stringTag.utf8, 'Made-up authority'), text(stringTag.utf8, 'XX-TWIN')];
  const statement = sequence(objectIdentifier('0.4.0.19495.2'), sequence(sequence(...written), ...authority));
  return extension.raw('1.3.6.1.5.5.7.1.3', sequence(statement));
}
