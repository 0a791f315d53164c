/** What is read of package-lock.json, version 3. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The bill of materials of the package, CycloneDX 1.5: what `dependencies` bring, as locked, and our own bundles with
 * their digests. Without time or serial number, so that equal sources give equal bytes.
 *
 * @param bundles path → SHA-256, lower-case hex
 */
export function sbomOf(lock: LockFile, bundles: Readonly<Record<string, string>>): object {
  const found = new Map<string, { readonly component: object; readonly needs: readonly string[] }>();
  const visit = (path: string): string => {
    const locked = packageAt(lock, path);
    const ref = refOf(path, locked);
    if (found.has(ref)) return ref;
    found.set(ref, { component: {}, needs: [] }); // packages may need each other
    const optional = Object.keys(locked.optionalDependencies ?? {}).filter((name) => pathOf(lock, path, name));
    const names = [...Object.keys(locked.dependencies ?? {}), ...optional];
    const needs = names.map((name) => visit(pathOf(lock, path, name) ?? missing(`${name} for ${path}`)));
    found.set(ref, { component: componentOf(path, locked), needs: [...new Set(needs)].sort() });
    return ref;
  };
  const root = visit('');
  const refs = [...found.keys()].sort();
  const files = Object.entries(bundles).map(([name, content]) => ({
    type: 'file',
    name,
    hashes: [{ alg: 'SHA-256', content }],
  }));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { ...found.get(root)?.component, components: files } },
    components: refs.filter((ref) => ref !== root).map((ref) => found.get(ref)?.component),
    dependencies: refs.map((ref) => ({ ref, dependsOn: found.get(ref)?.needs ?? [] })),
  };
}

function componentOf(path: string, locked: LockedPackage): object {
  const name = nameOf(path, locked);
  const ref = refOf(path, locked);
  const integrity = /^(sha\d+)-(.+)$/.exec(locked.integrity ?? '');
  const license = locked.license ?? missing(`the licence of ${name}`);
  return {
    type: 'library',
    'bom-ref': ref,
    name,
    version: locked.version,
    purl: ref,
    licenses: [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }],
    ...(integrity?.[1] === undefined || integrity[2] === undefined
      ? {}
      : {
          hashes: [
            { alg: integrity[1].replace('sha', 'SHA-'), content: Buffer.from(integrity[2], 'base64').toString('hex') },
          ],
        }),
  };
}

/** Where Node would find a package from inside another one: the nearest node_modules that has it. */
function pathOf(lock: LockFile, from: string, name: string): string | undefined {
  const inside = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (lock.packages[inside] !== undefined) return inside;
  return from === '' ? undefined : pathOf(lock, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
}

const nameOf = (path: string, locked: LockedPackage) =>
  locked.name ?? path.slice(path.lastIndexOf('node_modules/') + 13);
const refOf = (path: string, locked: LockedPackage) =>
  `pkg:npm/${nameOf(path, locked).replace('@', '%40')}@${locked.version ?? missing(`the version of ${path}`)}`;
const packageAt = (lock: LockFile, path: string): LockedPackage => lock.packages[path] ?? missing(path);

function missing(what: string): never {
  throw new Error(`package-lock.json lacks ${what}: run npm install`);
}
