/** The part of the WebAssembly API that we use. Its types come with TypeScript's "dom" library alone. */
declare namespace WebAssembly {
  type Exports = Record<string, (...args: never[]) => unknown>;
  function instantiate(
    bytes: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Exports } }>;
}
