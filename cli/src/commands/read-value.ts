/** A value that must not stand on a command line, in a history or on the screen: from a pipe, or typed without echo. */
import { createInterface } from 'node:readline/promises'
import { Writable, type Readable } from 'node:stream'
import { GatetrailError } from '@gatetrail/schemas'

export type ValueInput = Readable & { isTTY?: boolean }

/** `prompt` shows a text where somebody sits at a terminal. Without the line end. @throws GatetrailError USAGE */
export async function readValue(
  input: ValueInput,
  bytesMax: number,
  prompt: () => void,
): Promise<string> {
  const value = input.isTTY === true ? await typed(input, prompt) : await piped(input, bytesMax)
  if (value === '') throw new GatetrailError('USAGE', 'no value was given')
  if (Buffer.byteLength(value) > bytesMax) throw tooLong(bytesMax)
  return value
}

async function typed(input: ValueInput, prompt: () => void): Promise<string> {
  prompt()
  // With a terminal's line editing, whose echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input, output: nowhere, terminal: true })
  const ended = new AbortController()
  line.once('close', () => ended.abort())
  line.once('SIGINT', () => line.close())
  try {
    return await line.question('', { signal: ended.signal })
  } catch (cause) {
    throw new GatetrailError('USAGE', 'no value was given', { cause })
  } finally {
    line.close()
  }
}

async function piped(input: Readable, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk as string | Uint8Array) // What a stream of bytes or text gives.
    length += bytes.length
    if (length > bytesMax + 2) throw tooLong(bytesMax)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function tooLong(bytesMax: number): GatetrailError {
  return new GatetrailError('USAGE', `the value is longer than ${bytesMax} bytes`)
}
