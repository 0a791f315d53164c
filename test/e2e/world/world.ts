import { join } from 'node:path';
import { type Emulator, openEmulator } from '../machine/emulator.ts';
import type { Steps } from '../steps.ts';
import { type Aws, ok, openAws, tags } from './aws.ts';
import { type Backend, openBackend } from './backend.ts';
import { type Edge, openEdge } from './edge.ts';
import { type FrontFolder, newPartner, openFrontFolder, type Partner } from './front.ts';
import { type Operator, openOperator } from './operator.ts';

/** Everything that the scenarios share. */
export interface World {
  readonly steps: Steps;
  readonly emulator: Emulator;
  /** As the account's root. */
  readonly aws: Aws;
  readonly operator: Operator;
  readonly backend: Backend;
  readonly edge: Edge;
  /** Id of the hosted zone example.com. */
  readonly zone: string;
  /** Our three stacks. */
  readonly front: FrontFolder;
  /** The construct in somebody else's stack. */
  readonly guest: FrontFolder;
  readonly acme: Partner;
  readonly globex: Partner;
  /** What the backend wants from the front. */
  readonly password: string;
  close(): Promise<void>;
}

const password = 'correct horse battery staple';

export async function openWorld(steps: Steps, python: string, scratch: string): Promise<World> {
  const emulator = await openEmulator(python, scratch);
  const aws = openAws(emulator);
  const backend = await openBackend('front', password);
  const zone = await createZone(aws, 'example.com');
  const front = openFrontFolder(join(scratch, 'front'), 'orders-3f9c', backend, zone);
  const guest = openFrontFolder(join(scratch, 'guest'), 'guest-77aa', backend, zone);
  const [acme, globex] = [newPartner('acme'), newPartner('globex')];
  for (const each of [front, guest]) {
    each.write();
    each.add(acme);
  }
  const edge = await openEdge(emulator, aws, [front.domain, guest.domain]);
  return {
    steps,
    emulator,
    aws,
    operator: openOperator(emulator, aws, scratch),
    backend,
    edge,
    zone,
    front,
    guest,
    acme,
    globex,
    password,
    async close() {
      await edge.close();
      await backend.close();
      await emulator.close();
    },
  };
}

async function createZone(aws: Aws, name: string): Promise<string> {
  const body = `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}</Name><CallerReference>e2e</CallerReference></CreateHostedZoneRequest>`;
  const { text } = await ok(aws.rest('route53', 'POST', '/2013-04-01/hostedzone', body));
  return (tags(text, 'Id')[0] ?? '').replace('/hostedzone/', '');
}
