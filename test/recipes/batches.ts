import type { Recipe } from './recipe.ts';

/** Something that somebody forgot: one file of a recipe, or to run `npm run docs`. */
export interface Forgotten {
  readonly recipe: Recipe;
  readonly file?: string;
}

/**
 * Several at once, because a run of the compiler or of jest takes seconds: but never two of one recipe, and never two that
 * one test could notice, so that what fails says which was noticed.
 */
export function batchesOf(
  forgotten: readonly Forgotten[],
  witnesses: (recipe: Recipe) => readonly string[],
): readonly (readonly Forgotten[])[] {
  const batches: Forgotten[][] = [];
  for (const one of forgotten) {
    const own = witnesses(one.recipe);
    const fits = ({ recipe }: Forgotten) =>
      recipe !== one.recipe &&
      recipe.only === undefined &&
      one.recipe.only === undefined &&
      !witnesses(recipe).some((witness) => own.includes(witness));
    const free = batches.find((batch) => batch.every(fits));
    if (free === undefined) batches.push([one]);
    else free.push(one);
  }
  return batches;
}
