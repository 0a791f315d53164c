#!/usr/bin/env node
// What `npx sallyport` starts: in a checkout the sources, in the package what was built of them, because Node strips no
// types below node_modules.
import { existsSync } from 'node:fs';

const source = new URL('./sallyport.ts', import.meta.url);
void import(existsSync(source) ? source.href : new URL('../dist/bin/sallyport.js', import.meta.url).href);
