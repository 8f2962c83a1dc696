/** Types of what wasm-prefilter.ts uses of WebAssembly: browsers' library has them, those of ECMAScript and Node 20 have not. */
type Exports = Readonly<Record<string, unknown>>
type Compiled = { readonly kind?: 'module' }

export type WebAssemblyApi = {
  readonly Module: new (bytes: Uint8Array) => Compiled
  readonly Instance: new (module: Compiled) => { readonly exports: Exports }
  readonly validate: (bytes: Uint8Array) => boolean
}

/** The global object's, or `undefined` where there is none. */
export function webAssembly(): WebAssemblyApi | undefined {
  const api: unknown = Reflect.get(globalThis, 'WebAssembly')
  return isWebAssembly(api) ? api : undefined
}

function isWebAssembly(api: unknown): api is WebAssemblyApi {
  return typeof api === 'object' && api !== null && 'Module' in api && 'Instance' in api
}

/** The buffer of what is exported as memory. */
export function bufferOf(memory: unknown): ArrayBuffer | undefined {
  if (typeof memory !== 'object' || memory === null || !('buffer' in memory)) return undefined
  return memory.buffer instanceof ArrayBuffer ? memory.buffer : undefined
}
