/** The factory below libpg-query's own module: it makes a parser of its own, which can be thrown away. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export type PgQueryInstance = {
    HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _wasm_parse_query_raw(text: number): number
    _wasm_free_parse_result(result: number): void
    getValue(pointer: number, type: 'i32'): number
    UTF8ToString(pointer: number): string
    stringToUTF8(text: string, pointer: number, bytesMax: number): void
    lengthBytesUTF8(text: string): number
  }
  type Options = {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ): object
  }
  export default function createPgQuery(options: Options): Promise<PgQueryInstance>
}

/** The part of WebAssembly that we use: our `lib` has no DOM. */
declare namespace WebAssembly {
  interface Module {
    readonly module: never
  }
  interface Instance {
    readonly exports: Record<string, unknown>
  }
  type Imports = Record<string, Record<string, unknown>>
  const Instance: new (module: Module, imports?: Imports) => Instance
  function compile(bytes: Uint8Array): Promise<Module>
}
