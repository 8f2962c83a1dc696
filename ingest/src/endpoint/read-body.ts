/**
 * The statement of a request, and where its data is. A statement is in the URL, in the body, or begins in the URL and ends
 * in the body. The data of an INSERT goes to a file as it comes, unpacked and bounded; all else is small.
 */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ClickHouseError } from './exception.ts'
import { insertFromFile, splitInsert, type InsertStatement } from './insert-statement.ts'
import { insertBytesMax, statementBytesMax } from './limits.ts'

export type ReadStatement = {
  text: string
  /** Given where the statement has data in a file: to be removed when it has run. */
  dataFile: string | undefined
}

export type BodyOptions = {
  query: string
  encoding: string | undefined
  /** Where data waits for the engine. Left out: an INSERT with data is refused. */
  incoming: string | undefined
  fileName: string
  signal: AbortSignal
}

/** @throws ClickHouseError for what is too large, not packed as it says, or without an end */
export async function readStatement(body: Readable, options: BodyOptions): Promise<ReadStatement> {
  const stream = unpacked(body, options.encoding)
  const parts = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  // Latin-1 keeps every byte of the data as one character; the statement is read as UTF-8 when it is whole.
  let head = Buffer.from(options.query)
  let ended = false
  let first = options.query !== ''
  while (head.length <= statementBytesMax) {
    const split = splitInsert(head.toString('latin1'))
    if (split.kind === 'insert') return toFile(split.insert, head, parts, options)
    const part = await parts.next()
    if (part.done === true) {
      ended = true
      break
    }
    head = Buffer.concat(first ? [head, Buffer.from('\n'), part.value] : [head, part.value])
    first = false
  }
  if (!ended)
    throw new ClickHouseError(
      223,
      'QUERY_IS_TOO_LARGE',
      `the statement is longer than ${statementBytesMax} bytes`,
    )
  return { text: head.toString('utf8'), dataFile: undefined }
}

async function toFile(
  insert: InsertStatement,
  head: Buffer,
  rest: AsyncIterator<Buffer>,
  { incoming, fileName, signal }: BodyOptions,
): Promise<ReadStatement> {
  if (incoming === undefined)
    throw new ClickHouseError(164, 'READONLY', 'Cannot execute query in readonly mode')
  const path = join(incoming, fileName)
  let bytes = 0
  async function* data() {
    // Data may begin behind the statement in the URL; the body follows it as it is.
    yield head.subarray(Math.min(insert.dataAt, head.length))
    for (;;) {
      const part = await rest.next()
      if (part.done === true) return
      bytes += part.value.length
      if (bytes > insertBytesMax)
        throw new ClickHouseError(
          12_413,
          'PAYLOAD_TOO_LARGE',
          `the data of an INSERT is larger than ${insertBytesMax} bytes`,
        )
      yield part.value
    }
  }
  try {
    await pipeline(Readable.from(data()), createWriteStream(path, { mode: 0o600 }), { signal })
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8')
  return {
    text: insertFromFile(
      { ...insert, head: utf8(insert.head), settings: utf8(insert.settings) },
      path,
    ),
    dataFile: path,
  }
}

function unpacked(body: Readable, encoding: string | undefined): Readable {
  switch (encoding) {
    case undefined:
    case '':
    case 'identity':
      return body
    case 'gzip':
    case 'x-gzip':
      return into(body, createGunzip())
    case 'deflate':
      return into(body, createInflate())
    case 'br':
      return into(body, createBrotliDecompress())
    default:
      throw new ClickHouseError(48, 'NOT_IMPLEMENTED', 'bodies are taken as gzip, deflate or br')
  }
}

function into(body: Readable, unpacking: ReturnType<typeof createGunzip>): Readable {
  // An error of either ends the other; the reader of `unpacking` sees it.
  pipeline(body, unpacking).catch(() => undefined)
  return unpacking
}
