#!/usr/bin/env node
import { startOnSupportedNode } from './node-version.ts';

startOnSupportedNode(async () => {
  const { synthesise } = await import('./synth.ts');
  return synthesise();
});
