import fc from 'fast-check';
import { ProblemError } from '../../src/core/problem.ts';
import type { ConnectionConfig } from '../../src/core/registry/connection.ts';
import { parseConnections, writeConnections } from '../../src/forward/connection-document.ts';

const connections: ConnectionConfig[] = [
  {
    name: 'erp',
    transport: { kind: 'direct' },
    url: 'https://a.example',
    allowPlaintext: false,
    credential: { kind: 'none' },
  },
  {
    name: 'crm',
    transport: { kind: 'direct' },
    url: 'http://b.example:8080',
    serverName: 'b.example',
    authorities: 'PEM',
    allowPlaintext: true,
    credential: { kind: 'basic', user: 'front', passwordFrom: 'crm' },
    timeoutSeconds: 27,
    reuse: 'never',
    strip: ['X-Erp-*'],
    pass: ['Accept'],
  },
];

const placesOf = (value: unknown): string[] => {
  try {
    parseConnections(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(({ message }) => message.replace(/.* at /, ''));
    throw error;
  }
  return [];
};

test('what is written is what is read', () => {
  expect(parseConnections(writeConnections(connections))).toEqual(connections);
  expect(parseConnections('[]')).toEqual([]);
});

test('everything wrong is listed with its place', () => {
  const [erp] = connections;
  expect(placesOf('')).toEqual(['its top']);
  expect(placesOf({})).toEqual(['its top']);
  expect(placesOf([null])).toEqual(['[0]']);
  expect(placesOf([erp, erp])).toEqual(['[1].name']);
  expect(
    placesOf([
      {
        ...erp,
        name: 'ERP',
        transport: 'ssh',
        url: 7,
        allowPlaintext: 'no',
        serverName: '',
        authorities: 1,
        timeoutSeconds: 28,
        reuse: 'always',
        strip: ['X-Ä'],
        pass: 'Accept',
        extra: 1,
      },
    ]),
  ).toEqual(
    [
      ...['extra', 'name', 'url', 'allowPlaintext', 'serverName', 'authorities', 'timeoutSeconds'],
      ...['reuse', 'strip', 'pass', 'transport.kind'],
    ].map((name) => `[0].${name}`),
  );
  expect(placesOf([{ ...erp, credential: undefined }])).toEqual(['[0].credential.kind']);
  expect(placesOf([{ ...erp, credential: { kind: 'oauth' } }])).toEqual(['[0].credential.kind']);
  expect(placesOf([{ ...erp, credential: { kind: 'bearer', password: 'hunter2' } }])).toEqual([
    '[0].credential.tokenFrom',
    '[0].credential.password',
  ]);
});

test('no document throws anything but problems', () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => void placesOf(text)));
});
