/** How every SDK client of a run is built; absent parts come from the environment and the shared AWS files. */
export interface ClientSettings {
  readonly region: string;
  readonly profile?: string;
  /** Another endpoint for every service: emulators and tests. */
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The HTTP status of an SDK error, if AWS has answered at all. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}

export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);
