import type { Plugin } from 'esbuild';

/**
 * What the forwarder needs of undici: its HTTP/1.1 client on a socket that we open. The rest of the package (fetch,
 * WebSocket, caches, mocks, proxies, HTTP/2, a second parser) is two thirds of what a cold start would read, and nothing
 * here can reach it. undici has no map of exports, so its files are asked for by name; test/lambdas/bundles.test.ts sees to
 * it that a new version still has them where they are, and runs what comes out.
 */
const client = 'undici/lib/dispatcher/client.js';

/** Required by the client for what we never give it: FormData and Blob, ALPN h2, a machine without WebAssembly SIMD, another parser. */
export const partsLeftOut = [
  'undici/lib/web/',
  'undici/lib/dispatcher/client-h2.js',
  'undici/lib/dispatcher/parser-h1.js',
  'undici/lib/llhttp/llhttp-wasm.js',
  'undici/lib/milo/',
] as const;

export function undiciParts(root: string): Plugin {
  return {
    name: 'undici-parts',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^undici$/ }, () => ({ path: client, namespace: 'undici-parts' }));
      onLoad({ filter: /.*/, namespace: 'undici-parts' }, () => ({
        contents: `import Client from ${JSON.stringify(client)};export { Client };`,
        resolveDir: root,
      }));
      onLoad({ filter: /[\\/]undici[\\/]lib[\\/]/ }, ({ path }) => {
        const file = path.replaceAll('\\', '/');
        // Empty and not absent: what is called after all fails there, in the request that asked for it.
        return partsLeftOut.some((part) => file.includes(`/${part}`)) ? { contents: '' } : undefined;
      });
    },
  };
}
