/** Path relative to the front's folder, with `/` → the file's bytes. */
export type FrontFiles = ReadonlyMap<string, Uint8Array>;

/** The one file at the top of a front. */
export const frontFile = 'sallyport.yaml';
