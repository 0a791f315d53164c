import { integer, objectIdentifier, sequence, setOf, tlv } from '../../../src/core/x509/write-der.ts';
import { readPkcs7 } from '../../../src/partners/inspect/containers/pkcs7.ts';
import { inspectFile } from '../../../src/partners/inspect/inspect.ts';
import { zipOf } from '../../../src/partners/kit/zip.ts';
import { encodePkcs12, openPkcs12 } from '../../../src/partners/pkcs12.ts';
import { valueOrProblem } from '../../core/x509/problems.ts';
import { during } from '../../pki.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateDer } from '../mutate-der.ts';
import { mutateText } from '../mutate-text.ts';
import type { Target } from '../target.ts';
import { root, sampleDers, samples } from './certificate.ts';

const bag = sequence(
  objectIdentifier('1.2.840.113549.1.7.2'),
  tlv(
    0xa0,
    sequence(
      integer(1),
      setOf(),
      sequence(objectIdentifier('1.2.840.113549.1.7.1')),
      tlv(0xa0, ...sampleDers),
      setOf(),
    ),
  ),
);

export const pkcs7Target: Target = {
  name: 'pkcs7',
  next: (random) => (random.chance(2) ? mutateBytes : mutateDer)(random, bag, sampleDers),
  run(input) {
    valueOrProblem(() => readPkcs7(input));
  },
};

const spec = {
  pkcs8: root.privateKey.export({ type: 'pkcs8', format: 'der' }),
  certificates: [root.der],
  password: 'secret',
  friendlyName: 'orders',
};
/** Few iterations are what a test can afford; more of them are refused by the bound, and that is the point of it. */
const files = [encodePkcs12(spec, 'modern', 10), encodePkcs12(spec, 'legacy', 10)];

export const pkcs12Target: Target = {
  name: 'pkcs12',
  next: (random) => (random.chance(2) ? mutateBytes : mutateDer)(random, random.pick(files), sampleDers),
  run(input) {
    valueOrProblem(() => openPkcs12(input, { password: 'secret', maxIterations: 2000 }));
  },
};

const texts = [
  samples.map(({ pem }) => pem).join('\n'),
  `> ${root.pem.replaceAll('\n', '\r\n> ')}`,
  root.pem.replaceAll('=', '=3D'),
  JSON.stringify({ certificate: root.pem }),
  `tls.crt: ${Buffer.from(root.pem).toString('base64')}\n\n${Buffer.from(root.der).toString('base64').replace(/.{76}/g, '$&\n')}\n`,
  root.keyPem + root.pem,
];
const archive = zipOf(
  new Map([
    ['chain.pem', Buffer.from(root.pem)],
    ['leaf.cer', Buffer.from(root.der)],
  ]),
);
const binaries = [...files, bag, archive, ...sampleDers];

/** Whatever it is, a report comes out, unless it is too large to be looked at. */
export const inspectTarget: Target = {
  name: 'inspect',
  next(random) {
    if (random.chance(2)) return mutateDer(random, random.pick(binaries), sampleDers);
    const bytes = Buffer.from(mutateText(random, random.pick(texts), texts), random.chance(6) ? 'utf16le' : 'utf8');
    return random.chance(3) ? mutateBytes(random, bytes, binaries) : bytes;
  },
  run(input) {
    if (
      valueOrProblem(() => inspectFile(input, { at: during, maxIterations: 2000 })) === undefined &&
      input.length <= 8 * 1024 * 1024
    )
      throw new Error('refused without a report');
  },
};
