import { commandLine } from './command-line.ts';
import { languages } from './languages.ts';
import { platforms } from './platforms.ts';
import type { Recipe } from './recipe.ts';
import { windows } from './windows.ts';

export const recipes: readonly Recipe[] = [...commandLine, ...languages, ...windows, ...platforms];
