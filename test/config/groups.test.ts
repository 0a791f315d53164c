import { parseFront } from '../../src/config/front.ts';
import { clientYaml, filesWith } from './front-files.ts';

const withGroup = (client: string, group: string) =>
  parseFront(
    filesWith({
      'truststore/clients/acme.yaml': client,
      'truststore/groups/readers.yaml': group,
    }),
  );
const member = clientYaml.replace(/^allow:.*$/m, 'groups: [readers]\nrequire: [{ psd2Role: PSP_AI }]');
const readers = `group: readers
allow: ["GET /orders/**"]
addresses: [203.0.113.0/24]
require:
  - any: [{ psd2Role: PSP_PI }, { addresses: [198.51.100.0/24] }]
`;

test('a client may what its groups allow, and all their conditions are its own', () => {
  const { config, problems } = withGroup(member, readers);
  expect(problems).toEqual([]);
  const client = config?.registry.clients.find(({ name }) => name === 'acme');
  expect(client?.allow).toMatchObject([
    { pattern: 'GET /orders/**', at: { file: 'truststore/groups/readers.yaml', line: 2 } },
  ]);
  // each says where it is written: a refusal names the group's file, not the client's
  const group = 'truststore/groups/readers.yaml';
  expect(client?.require).toMatchObject([
    { any: [{ addresses: ['203.0.113.0/24'] }], at: { file: group, line: 3 } },
    { any: [{ psd2Role: 'PSP_PI' }, { addresses: ['198.51.100.0/24'] }], at: { file: group, line: 5 } },
    { any: [{ psd2Role: 'PSP_AI' }], at: { file: 'truststore/clients/acme.yaml' } },
  ]);
});

test.each<[string, string, string, string]>([
  ['a group that is not there', member.replace('[readers]', '[raeders]'), readers, 'group_unknown'],
  ['neither allow nor groups', clientYaml.replace(/^allow:.*$/m, ''), readers, 'key_missing'],
  ['an any of one', member, readers.replace(', { addresses: [198.51.100.0/24] }', ''), 'list_too_short'],
  ['an unknown role', member, readers.replace('PSP_PI', 'PSP_XX'), 'value_not_allowed'],
  ['a rule that the group has already', `${member}allow: ["GET /orders/**"]\n`, readers, 'rule_unreachable'],
  ['a rule of the group that nothing serves', member, readers.replace('/orders', '/nowhere'), 'rule_unserved'],
])('%s', (_, client, group, code) => {
  expect(withGroup(client, group).problems.map((problem) => problem.code)).toContain(code);
});
