import { parseFront } from '../../../src/config/front.ts';
import { nameTextOf, parseNameText } from '../../../src/core/x509/name-text.ts';
import { readPemBlocks } from '../../../src/core/x509/pem.ts';
import { authorityYaml, clientYaml, filesWith, sallyportYaml } from '../../config/front-files.ts';
import { valueOrProblem } from '../../core/x509/problems.ts';
import { mutateText } from '../mutate-text.ts';
import type { Target } from '../target.ts';
import { root } from './certificate.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const names = [
  'CN=orders-client,O=Acme\\, Inc.,C=NL',
  '/C=NL/O=Acme, Inc./CN=orders-client',
  'C = NL, O = "Acme, Inc.", CN = orders-client',
  'C=NL\nO=Acme\\, Inc.\nCN=orders-client',
  'OID.2.5.4.97=PSDNL-1, 2.5.4.3=#0c0141, OU=a+OU=b',
];

/** Text → Name; what is a Name comes back from the text that we write. */
export const nameTarget: Target = {
  name: 'name',
  next: (random) => bytesOf(mutateText(random, random.pick(names), names)),
  run(input) {
    const name = valueOrProblem(() => parseNameText(textOf(input)));
    const written = name === undefined ? '' : nameTextOf(name);
    // escapes may make it longer than what is read
    if (name === undefined || written.length > 16_384) return;
    if (parseNameText(written).key !== name.key) throw new Error('another name came back');
  },
};

export const pemTarget: Target = {
  name: 'pem',
  next: (random) => bytesOf(mutateText(random, root.pem + root.pem, [root.pem])),
  run(input) {
    valueOrProblem(() => readPemBlocks(textOf(input)));
  },
};

const yamls = {
  'sallyport.yaml': sallyportYaml,
  'truststore/authorities/acme-ca.yaml': authorityYaml,
  'truststore/clients/acme.yaml': clientYaml,
};
type YamlFile = keyof typeof yamls;
const yamlFiles = Object.keys(yamls) as readonly YamlFile[];

/** The first octet says which file of a front it is. */
export const frontTarget: Target = {
  name: 'front',
  // the YAML parser makes an error object with a stack for each of thousands of mistakes; linear up to the bound of 1 MiB
  millisecondsPerKiB: 5,
  next(random) {
    const which = random.int(yamlFiles.length);
    const text = mutateText(random, yamls[yamlFiles[which] ?? 'sallyport.yaml'], Object.values(yamls));
    return Buffer.concat([Uint8Array.of(which), bytesOf(text)]);
  },
  run(input) {
    const file = yamlFiles[(input[0] ?? 0) % yamlFiles.length] ?? 'sallyport.yaml';
    const { config, problems } = parseFront(filesWith({ [file]: input.subarray(1) }));
    if ((config === undefined) !== problems.length > 0)
      throw new Error('neither a configuration nor problems, or both');
  },
};
