/**
 * Sessions that are long, written into a journal as a proxy writes them, on a clock of their own: many statements, a statement with
 * many rows, a day at a terminal. For benchmarks and tests of replay.
 */
import { createSessionStamp, type Journal, type SessionStamp } from '@gatetrail/eventlog'
import {
  backendTypes,
  exitFrame,
  queryMessage,
  readyForQueryMessage,
  resizeFrame,
  terminalTypes,
} from '@gatetrail/protocols'
import {
  ChunkBuilder,
  fragmentFlags,
  type EventBody,
  type EventKind,
  type Principal,
} from '@gatetrail/schemas'

export type Recorder = Pick<Journal, 'append' | 'afterWrite'>

const principal: Principal = { kind: 'human', issuer: 'simulated', subject: 'kim', groups: ['dba'] }
/** Records between two waits for the journal. */
const recordsPerWait = 500
const encoder = new TextEncoder()

/** Writes one session. Time goes on by `pass`. */
class SessionWriter {
  readonly stamp: SessionStamp
  readonly #recorder: Recorder
  readonly #chunk: ChunkBuilder
  #nowMicros: number
  #waiting = 0

  constructor(recorder: Recorder, protocol: 'postgres' | 'ssh', startMs: number) {
    this.#recorder = recorder
    this.#chunk = new ChunkBuilder(protocol)
    this.#nowMicros = startMs * 1_000
    const now = () => this.#nowMicros
    this.stamp = createSessionStamp({ wallMicros: now, monotonicMicros: now })
  }

  get nowMicros(): number {
    return this.#nowMicros
  }

  pass(micros: number): void {
    this.#nowMicros += micros
  }

  event<Kind extends EventKind>(kind: Kind, body: EventBody<Kind>): number {
    return this.#recorder.append(kind, this.stamp, JSON.stringify(body))
  }

  /** Adds a whole frame to the chunk in hand. */
  frame(direction: 'to_client' | 'to_target', type: number, bytes: Uint8Array): void {
    const flags = fragmentFlags.first | fragmentFlags.last
    const toClient = direction === 'to_client' ? fragmentFlags.toClient : 0
    this.#chunk.add(flags | toClient, type, 0, bytes.length, bytes, 0, bytes.length)
  }

  /** Closes the chunk in hand. */
  chunk(): void {
    this.#recorder.append('gatetrail.frames.recorded', this.stamp, this.#chunk)
  }

  /** From time to time: the memory of a journal is bounded. */
  async settled(always = false): Promise<void> {
    if (!always && ++this.#waiting % recordsPerWait !== 0) return
    await new Promise<void>((resolve, reject) =>
      this.#recorder.afterWrite(this.stamp, 'output', (error) =>
        error === undefined ? resolve() : reject(error),
      ),
    )
  }

  open(protocol: 'postgres' | 'ssh', connection: string): void {
    this.event('gatetrail.session.opened', {
      ...{ principal, connection, protocol, clientTls: true, requestedUser: 'kim' },
      ...{ clientAddress: '192.0.2.7:50000', policySet: 'abc', policies: ['connect'] },
    })
  }

  async close(statements: number, rows: number): Promise<string> {
    this.event('gatetrail.session.closed', {
      ...{ reason: 'client_closed', statements, rows, bytesFromClient: 0, bytesToClient: 0 },
      durationMicros: this.stamp.offsetMicros(),
      coverage: { inspectedBytes: 0, uninspectedBytes: {} },
    })
    await this.settled(true)
    return this.stamp.id
  }
}

const readFacts = {
  ...{ kinds: ['select'], effects: ['read'] as 'read'[], reads: ['public.orders'], writes: [] },
  ...{ columns: ['public.orders.id'], filters: [], functions: [], complete: true },
}

export type StatementsPlan = {
  statements: number
  startMs: number
  durationMs: number
  /** Every so many statements one is refused; fails; touches personal data. */
  refusedEvery?: number
  failedEvery?: number
  touchedEvery?: number
  /** Left open. */
  open?: boolean
}

/** Many small statements, each with a row. Returns the session. */
export async function simulateStatements(
  recorder: Recorder,
  plan: StatementsPlan,
): Promise<string> {
  const { statements, startMs, durationMs, refusedEvery, failedEvery, touchedEvery } = plan
  const writer = new SessionWriter(recorder, 'postgres', startMs)
  const step = Math.floor((durationMs * 1_000) / (statements + 1))
  begin(writer)
  for (let number = 1; number <= statements; number++) {
    writer.pass(step)
    const text = `select id, state from orders where id = ${number}`
    describe(writer, 'by-id', 'select id, state from orders where id = $1', number === 1)
    const isRefused = number % (refusedEvery ?? Infinity) === 0
    const isFailed = !isRefused && number % (failedEvery ?? Infinity) === 0
    const decided = writer.event('gatetrail.statement.decided', {
      ...{ description: 'by-id', text, path: 'simple', policySet: 'abc' },
      ...(isRefused
        ? { verdict: 'deny', policies: ['no-writes'], code: 'STATEMENT_DENIED', reason: 'writes are refused' }
        : { verdict: 'allow', policies: ['read'] }),
    }) // prettier-ignore
    const startedMicros = writer.stamp.lastTimeMicros
    writer.frame('to_target', 0x51, queryMessage(text))
    writer.chunk()
    writer.pass(20)
    if (isRefused || isFailed) {
      const [code, message] = isRefused ? ['42501', 'refused'] : ['22012', 'division by zero']
      writer.frame('to_client', backendTypes.error, frameOf('E', text0(`SERROR`, `C${code}`, `M${message}`, ''))) // prettier-ignore
    } else {
      writer.frame('to_client', backendTypes.rowDescription, rowDescription(['id', 'state']))
      writer.frame('to_client', backendTypes.dataRow, dataRow([`${number}`, `state of ${number}`]))
      writer.frame('to_client', backendTypes.commandComplete, frameOf('C', text0('SELECT 1')))
    }
    writer.frame('to_client', backendTypes.readyForQuery, readyForQueryMessage('I'))
    writer.chunk()
    if (!isRefused && !isFailed && number % (touchedEvery ?? Infinity) === 0) {
      writer.event('gatetrail.pii.touched', {
        ...{ statement: decided, startedMicros, connection: 'orders', ruleset: '1' },
        touches: [
          { place: 'public.orders.email', entity: 'EMAIL', outcome: 'masked', level: 'certain', count: 1 },
        ],
      }) // prettier-ignore
    }
    writer.event('gatetrail.statement.completed', {
      ...{ statement: decided, startedMicros, durationMicros: 20, bytes: 60 },
      rows: isRefused || isFailed ? 0 : 1,
      ...(isRefused && { error: { sqlstate: '42501', message: 'refused' } }),
      ...(isFailed && { error: { sqlstate: '22012', message: 'division by zero' } }),
      ...(!isRefused && !isFailed && { command: 'SELECT 1' }),
    })
    await writer.settled()
  }
  if (plan.open === true) {
    await writer.settled(true)
    return writer.stamp.id
  }
  return writer.close(statements, statements)
}

/** One statement with many rows, a chunk per so many. Returns the session. */
export async function simulateRows(
  recorder: Recorder,
  plan: { rows: number; rowsPerChunk: number; startMs: number },
): Promise<string> {
  const { rows, rowsPerChunk, startMs } = plan
  const writer = new SessionWriter(recorder, 'postgres', startMs)
  begin(writer)
  writer.pass(1_000)
  const text = 'select id, state from orders'
  describe(writer, 'all', text, true)
  const statement = writer.event('gatetrail.statement.decided', {
    ...{
      description: 'all',
      path: 'simple',
      verdict: 'allow',
      policies: ['read'],
      policySet: 'abc',
    },
  })
  const startedMicros = writer.stamp.lastTimeMicros
  const askedAtMicros = writer.nowMicros
  writer.frame('to_target', 0x51, queryMessage(text))
  writer.chunk()
  writer.frame('to_client', backendTypes.rowDescription, rowDescription(['id', 'state']))
  for (let row = 1; row <= rows; row++) {
    writer.frame('to_client', backendTypes.dataRow, dataRow([`${row}`, `state of ${row}`]))
    if (row % rowsPerChunk !== 0) continue
    writer.pass(50)
    writer.chunk()
    await writer.settled()
  }
  writer.frame('to_client', backendTypes.commandComplete, frameOf('C', text0(`SELECT ${rows}`)))
  writer.frame('to_client', backendTypes.readyForQuery, readyForQueryMessage('I'))
  writer.chunk()
  writer.event('gatetrail.statement.completed', {
    ...{ statement, startedMicros, rows, bytes: rows * 40, command: `SELECT ${rows}` },
    durationMicros: writer.nowMicros - askedAtMicros,
  })
  return writer.close(1, rows)
}

export type TerminalPlan = {
  frames: number
  startMs: number
  durationMs: number
  framesPerChunk: number
  /** Besides, now and then, what a recording must not do to who looks at it. */
  hostile?: boolean
  open?: boolean
}

/** A day at a terminal: output in colours, a program that takes the whole screen now and then, other sizes. Returns the session. */
export async function simulateTerminal(recorder: Recorder, plan: TerminalPlan): Promise<string> {
  const { frames, startMs, durationMs, framesPerChunk, hostile = false, open = false } = plan
  const writer = new SessionWriter(recorder, 'ssh', startMs)
  const step = Math.floor((durationMs * 1_000) / (frames + 1))
  writer.open('ssh', 'web1')
  writer.frame('to_target', terminalTypes.resize, resizeFrame({ columns: 100, rows: 30 }))
  writer.chunk()
  for (let number = 1; number <= frames; number++) {
    writer.pass(step)
    if (number % 10_000 === 0) {
      const columns = 80 + (((number / 10_000) * 7) % 60)
      writer.frame('to_target', terminalTypes.resize, resizeFrame({ columns, rows: 30 }))
    }
    if (number % 50 === 0)
      writer.frame('to_target', terminalTypes.input, encoder.encode('hunter2\r'))
    writer.frame('to_client', terminalTypes.output, encoder.encode(shown(number, hostile)))
    if (number % framesPerChunk === 0) {
      writer.chunk()
      await writer.settled()
    }
  }
  if (!open) writer.frame('to_client', terminalTypes.exit, exitFrame(0))
  writer.chunk()
  if (!open) return writer.close(0, 0)
  await writer.settled(true)
  return writer.stamp.id
}

function shown(number: number, hostile: boolean): string {
  const place = number % 1_000
  if (place === 700) return '\u001b[?1049h\u001b[2J\u001b[H\u001b[2;20r'
  if (place === 900) return '\u001b[r\u001b[?1049l'
  if (place > 700 && place < 900)
    return `\u001b[${(number % 20) + 1};${(number % 60) + 1}H\u001b[4${number % 8}mline ${number}\u001b[0m`
  const attack = hostile && number % 97 === 0 ? attacks[number % attacks.length] : undefined
  return `${attack ?? ''}\u001b[3${number % 8}m${number}\u001b[0m output of the ünit ${'='.repeat(number % 40)}\r\n`
}

/** Clipboard, title, link, questions that a terminal answers, device strings, a character repeated two thousand million times. */
const attacks: readonly string[] = [
  '\u001b]52;c;cm0gLXJmIC8=\u0007',
  '\u001b]0;owned\u0007',
  '\u001b]8;;javascript:alert(1)\u001b\\click\u001b]8;;\u001b\\',
  '\u001b[6n\u001b[c\u001b[>c\u001b[21t\u001b[?25$p',
  '\u001bP$qm\u001b\\',
  'x\u001b[2147483647b',
  `a${'\u0301'.repeat(1_000)}`,
  '\u009d2;title\u009c',
]

function begin(writer: SessionWriter): void {
  writer.open('postgres', 'orders')
  writer.frame('to_client', backendTypes.readyForQuery, readyForQueryMessage('I'))
  writer.chunk()
}

function describe(writer: SessionWriter, description: string, text: string, wanted: boolean): void {
  if (!wanted) return
  writer.event('gatetrail.statement.described', {
    ...{ description, text, textBytes: text.length, facts: readFacts },
  })
}

/** Texts that end with a NUL each. */
function text0(...texts: string[]): Uint8Array {
  return encoder.encode(texts.map((text) => `${text}\0`).join(''))
}

function frameOf(letter: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + body.length)
  bytes[0] = letter.charCodeAt(0)
  new DataView(bytes.buffer).setUint32(1, bytes.length - 1)
  bytes.set(body, 5)
  return bytes
}

const textOid = 25

function rowDescription(names: readonly string[]): Uint8Array {
  const parts = names.flatMap((name) => [text0(name), columnTail])
  return frameOf('T', joined([Uint8Array.of(0, names.length), ...parts]))
}

// u32 table · u16 attribute · u32 type · i16 size · i32 modifier · u16 format: an expression of type text, as text.
const columnTail = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  textOid,
  255,
  255,
  255,
  255,
  255,
  255,
  0,
  0,
)

function dataRow(values: readonly string[]): Uint8Array {
  const parts = values.flatMap((value) => {
    const bytes = encoder.encode(value)
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, bytes.length)
    return [length, bytes]
  })
  return frameOf('D', joined([Uint8Array.of(0, values.length), ...parts]))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
