import { withCertificate } from '../../../src/config/edit/edit-domain.ts';

const arn = 'arn:aws:acm:eu-west-1:222222222222:certificate/0000';

test.each([
  [
    'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } } # ours\nroutes: []\n',
    `domain: { name: api.example.com, certificate: "${arn}" } # ours\nroutes: []\n`,
  ],
  [
    'a: 1\ndomain:\n  name: api.example.com\n  hostedZone:\n    id: Z0123456789\n    name: example.com\n  waf: true\n\n# next\nroutes: []\n',
    `a: 1\ndomain:\n  name: api.example.com\n  certificate: "${arn}"\n  waf: true\n\n# next\nroutes: []\n`,
  ],
  [
    'domain:\n  name: api.example.com\n  hostedZone: { id: Z0123456789, name: example.com }\n\nroutes: []\n',
    `domain:\n  name: api.example.com\n  certificate: "${arn}"\n\nroutes: []\n`,
  ],
  [
    'domain: { name: api.example.com, certificate: "arn:old" }\r\n',
    `domain: { name: api.example.com, certificate: "${arn}" }\r\n`,
  ],
])('%j', (before, after) => {
  expect(withCertificate(before, arn)).toBe(after);
});

test.each(['domain: api.example.com\n', 'domain: { name: a }\n', 'domain: {\n', '- 1\n', ''])(
  '%j is for a person',
  (text) => {
    expect(withCertificate(text, arn)).toBeUndefined();
  },
);
