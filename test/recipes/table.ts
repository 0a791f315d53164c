import { commands } from './commands.ts';
import { decision } from './decision.ts';
import { house } from './house.ts';
import type { Recipe } from './recipe.ts';
import { tables } from './tables.ts';
import { ways } from './ways.ts';

/** Every row of "To add …" in CONTRIBUTING.md, followed. `npm run recipes` does, and leaves out one file after the other. */
export const recipes: readonly Recipe[] = [...decision, ...tables, ...ways, ...commands, ...house];
