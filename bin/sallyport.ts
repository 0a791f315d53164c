#!/usr/bin/env node
import { startOnSupportedNode } from './node-version.ts';

startOnSupportedNode(async () => {
  const { runProgram } = await import('../src/cli/program.ts');
  return runProgram(process.argv.slice(2));
});
