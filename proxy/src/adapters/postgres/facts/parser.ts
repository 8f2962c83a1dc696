/**
 * PostgreSQL's own parser (libpg-query, WebAssembly). To describe-statement.ts.
 *
 * A stack overflow inside WebAssembly leaves the instance with a moved stack pointer and lost memory; after some tens
 * of them it reads out of bounds. So an instance that threw anything but PostgreSQL's own error is thrown away; a spare
 * one stands ready. The package's own entry point has one instance for good, so its factory is used instead.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { assert, limits } from '@gatetrail/schemas'
import createPgQuery, { type PgQueryInstance } from 'libpg-query/wasm/libpg-query.js'
import { isNode, listOf, type Node } from './node.ts'

export type ParseError = {
  message: string
  /** In characters from 1, as in PostgreSQL's ErrorResponse. */
  position?: number
}
export type ParseOutcome =
  { kind: 'parsed'; statements: readonly Node[] } | { kind: 'failed'; error: ParseError }

export const parsedCharactersMax = limits.session.statementBytesMax
/** After a longer text the instance is replaced, so that the pages it touched go back to the system. */
const keptAfterCharactersMax = 256 * limits.KiB

let code: WebAssembly.Module | undefined
let current: PgQueryInstance | undefined
let spare: PgQueryInstance | undefined
let making = false

/** Compiles the parser, once per process. Until it has resolved, `parseStatements` must not be called. */
export async function loadParser(): Promise<void> {
  if (current !== undefined) return
  const file = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm')
  code ??= await WebAssembly.compile(new Uint8Array(await readFile(file)))
  current ??= await createInstance(code)
  replenish()
}

/** The statements of a text. Never throws for a text; needs a resolved `loadParser`. */
export function parseStatements(text: string): ParseOutcome {
  assert(code !== undefined, 'loadParser has resolved before parseStatements is called')
  if (text.length > parsedCharactersMax) return failed('the statement is too large to inspect')
  // To the parser, which takes a C string, the text would end here.
  if (text.includes('\0')) return failed('the statement has a zero byte')
  const instance = current
  if (instance === undefined) {
    replenish()
    return failed('the parser is starting again')
  }
  try {
    const outcome = parseWith(instance, text)
    if (text.length > keptAfterCharactersMax) replaceInstance()
    return outcome
  } catch {
    replaceInstance()
    return failed('the statement is too deeply nested to inspect')
  }
}

function parseWith(instance: PgQueryInstance, text: string): ParseOutcome {
  const bytes = instance.lengthBytesUTF8(text) + 1
  const textPointer = instance._malloc(bytes)
  if (textPointer === 0) throw new Error('out of memory')
  instance.stringToUTF8(text, textPointer, bytes)
  const result = instance._wasm_parse_query_raw(textPointer)
  if (result === 0) throw new Error('out of memory')
  const tree = instance.getValue(result, 'i32')
  const error = instance.getValue(result + 8, 'i32')
  // PgQueryError: message, function, file, line, position.
  const outcome: ParseOutcome =
    error === 0
      ? { kind: 'parsed', statements: statementsOf(instance.UTF8ToString(tree)) }
      : failed(
          instance.UTF8ToString(instance.getValue(error, 'i32')),
          instance.getValue(error + 16, 'i32'),
        )
  instance._free(textPointer)
  instance._wasm_free_parse_result(result)
  return outcome
}

function statementsOf(json: string): Node[] {
  const tree: unknown = JSON.parse(json)
  assert(isNode(tree), 'the parser answers with an object')
  const statements: Node[] = []
  for (const raw of listOf(tree, 'stmts')) {
    const statement = isNode(raw) ? raw['stmt'] : undefined
    if (isNode(statement)) statements.push(statement)
  }
  return statements
}

function failed(message: string, position = 0): ParseOutcome {
  return { kind: 'failed', error: position > 0 ? { message, position } : { message } }
}

function replaceInstance(): void {
  current = spare
  spare = undefined
  replenish()
}

function replenish(): void {
  if (making || code === undefined || (current !== undefined && spare !== undefined)) return
  making = true
  createInstance(code).then(
    (instance) => {
      making = false
      if (current === undefined) current = instance
      else spare = instance
      replenish()
    },
    () => {
      making = false // Out of memory: tried again with the next statement; until then they are incomplete.
    },
  )
}

async function createInstance(code: WebAssembly.Module): Promise<PgQueryInstance> {
  return createPgQuery({
    instantiateWasm(imports, done) {
      done(new WebAssembly.Instance(code, imports))
      return {}
    },
  })
}
