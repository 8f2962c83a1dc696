/** A stock client whose every received byte is kept, question by question. */
import { Socket } from 'node:net'
import { Client, type ClientConfig, type QueryConfig } from 'pg'

/** By simple query; by the extended protocol with text, or binary results. */
export const roads = ['simple', 'text', 'binary'] as const
export type Road = (typeof roads)[number]

export type Answer = {
  /** Every byte that came since the question. */
  bytes: Buffer
  error: string | undefined
}

const asTheyCome = { getTypeParser: () => (value: unknown) => value }
const quietMs = 2
const readyMsMax = 2_000
const readyForQuery = 0x5a

export class AskingClient {
  readonly client: Client
  #received: Buffer[] = []

  private constructor(client: Client) {
    this.client = client
  }

  static async connect(config: ClientConfig): Promise<AskingClient> {
    const socket = new Socket()
    const client = new Client({ ...config, stream: () => socket })
    const asking = new AskingClient(client)
    socket.on('data', (bytes: Buffer) => asking.#received.push(Buffer.from(bytes)))
    client.on('error', () => undefined) // The query that was waiting rejects, too.
    await client.connect()
    asking.#take()
    return asking
  }

  async ask(text: string, road: Road): Promise<Answer> {
    let error: string | undefined
    try {
      // pg: `binary` and `queryMode` are fields of its internals that its types leave out.
      const how = road === 'simple' ? {} : { queryMode: 'extended', binary: road === 'binary' }
      await this.client.query({ text, types: asTheyCome, ...how } as QueryConfig)
    } catch (caught) {
      error = String(caught)
    }
    const until = Date.now() + readyMsMax
    // pg hands out an error before the answer is at its end; notifications come behind it.
    do await new Promise((resolve) => setTimeout(resolve, quietMs))
    while (!this.#ready && Date.now() < until)
    return { bytes: this.#take(), error }
  }

  async close(): Promise<void> {
    await this.client.end()
  }

  /** What came last is ReadyForQuery. */
  get #ready(): boolean {
    const last = this.#received.at(-1)
    return (
      last !== undefined && last.at(-6) === readyForQuery && last.readInt32BE(last.length - 5) === 5
    )
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#received)
    this.#received = []
    return bytes
  }
}

/** The values of all rows of an answer, and the data of its COPY, line by line. */
export function cellsOf(bytes: Buffer): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = []
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = String.fromCharCode(bytes[at]!)
    const end = at + 1 + bytes.readInt32BE(at + 1)
    if (type === 'd') rows.push(splitLine(bytes.subarray(at + 5, end)))
    if (type === 'D') {
      const row: (Buffer | null)[] = []
      let from = at + 7
      for (let column = bytes.readUInt16BE(at + 5); column > 0; column--) {
        const length = bytes.readInt32BE(from)
        from += 4
        row.push(length < 0 ? null : bytes.subarray(from, from + length))
        from += Math.max(0, length)
      }
      rows.push(row)
    }
    at = end
  }
  return rows
}

function splitLine(line: Buffer): Buffer[] {
  return line
    .toString('latin1')
    .trimEnd()
    .split('\t')
    .map((field) => Buffer.from(field, 'latin1'))
}
