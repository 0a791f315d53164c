import type { Target } from '../target.ts';
import { certificateTarget, pathTarget } from './certificate.ts';
import { authorizerTarget, forwarderTarget } from './event.ts';
import { listTarget } from './list.ts';
import { inspectTarget, pkcs7Target, pkcs12Target } from './partners.ts';
import { frontTarget, nameTarget, pemTarget } from './text.ts';

export const targets: readonly Target[] = [
  certificateTarget,
  pathTarget,
  listTarget,
  pkcs7Target,
  pkcs12Target,
  inspectTarget,
  nameTarget,
  pemTarget,
  frontTarget,
  authorizerTarget,
  forwarderTarget,
];
