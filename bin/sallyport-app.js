#!/usr/bin/env node
// The CDK app of a front's cdk.json, `npx --no sallyport-app`: in a checkout the sources, in the package what was built of them.
import { existsSync } from 'node:fs';

const source = new URL('./app.ts', import.meta.url);
void import(existsSync(source) ? source.href : new URL('../dist/bin/app.js', import.meta.url).href);
