import { refuse } from '../../core/problem.ts';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { parseAddress } from '../../core/request/address.ts';
import type { Name } from '../../core/x509/name.ts';
import { parseNameText } from '../../core/x509/name-text.ts';
import type { GeneralNameSpec } from '../../core/x509/write-extension.ts';

/** The names that a certificate of a client under an authority must have to be recognised. */
export interface RegisteredNames {
  readonly subject: Name;
  readonly names: readonly GeneralNameSpec[];
}

/**
 * What the registry calls a client under an authority: the subject of its first subject identity (without one, its
 * name) and every alternative name.
 *
 * @throws ProblemError `client_unknown`, `client_identity_missing`, `client_subject_taken`
 */
export function registeredNames(registry: RegistryDocument, client: string, authority: string): RegisteredNames {
  const found = registry.clients.find(({ name }) => name === client);
  if (found === undefined) {
    return refuse({
      code: 'client_unknown',
      message: 'no client of this front has this name',
      found: client,
      allowed: registry.clients
        .map(({ name }) => name)
        .slice(0, 20)
        .join(', '),
      remedy: `write truststore/clients/${client}.yaml first`,
    });
  }
  const subjects = found.identities.flatMap((one) =>
    one.kind === 'subject' && one.authority === authority ? [one.subject] : [],
  );
  const names = found.identities.flatMap((one) =>
    one.kind === 'san' && one.authority === authority ? [generalName(one.san)] : [],
  );
  const [subject] = subjects;
  if (subject !== undefined) return { subject: parseNameText(`rfc4514:${subject}`), names };
  if (names.length === 0) {
    refuse({
      code: 'client_identity_missing',
      message: `client ${client} has no subject and no alternative name under authority ${authority}`,
      place: found.at,
      allowed: 'an identity with `authority` and `subject`, or with `authority` and `san`',
      remedy: `add to its identities: - { authority: ${authority}, subject: 'CN=${client}' }`,
    });
  }
  return { subject: freeName(registry, client, authority), names };
}

/** `CN=client`, as long as that is not what another client is recognised by. */
function freeName(registry: RegistryDocument, client: string, authority: string): Name {
  const name = parseNameText(`rfc4514:CN=${client}`);
  const taken = registry.clients.find((other) =>
    other.identities.some(
      (one) => one.kind === 'subject' && one.authority === authority && one.subjectKey === name.key,
    ),
  );
  if (taken !== undefined) {
    refuse({
      code: 'client_subject_taken',
      message: `the subject CN=${client} is what client ${taken.name} is recognised by`,
      place: taken.at,
      remedy: `give client ${client} an identity with a subject of its own under ${authority}`,
    });
  }
  return name;
}

function generalName({ kind, value }: { readonly kind: string; readonly value: string }): GeneralNameSpec {
  if (kind === 'dns') return { dns: value };
  if (kind === 'uri') return { uri: value };
  if (kind === 'email') return { email: value };
  const ip = parseAddress(value);
  if (ip === undefined) throw new Error('a compiled registry with an address that is none');
  return { ip };
}
