/** For tests: asks a PostgreSQL for the columns and rows of a statement, and undoes what it did. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parse, serialize } from 'pg-protocol'

export type Field = { name: string; tableID: number; columnID: number }
export type Answer = {
  fields: Field[] | undefined
  rows: (string | null)[][]
  error: string | undefined
}

/** Runs statements one by one, each in a transaction that is rolled back. */
export class Asker {
  readonly #socket: Socket
  #answer: Answer = { fields: undefined, rows: [], error: undefined }
  #ready: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // The server of a test ends before its clients do.
    socket.on('error', () => undefined)
    void parse(socket, (message) => {
      if ('fields' in message && message.name === 'rowDescription') {
        this.#answer.fields = message.fields as Field[]
      } else if ('fields' in message && Array.isArray(message.fields)) {
        this.#answer.rows.push(message.fields)
      } else if (message.name === 'error') {
        this.#answer.error = 'message' in message ? String(message.message) : ''
      } else if (message.name === 'readyForQuery') this.#ready?.()
    })
  }

  static async open(port: number): Promise<Asker> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const asker = new Asker(socket)
    await asker.#send(serialize.startup({ user: 'postgres', database: 'postgres' }))
    return asker
  }

  async ask(text: string): Promise<Answer> {
    await this.#send(serialize.query('begin'))
    const answer = await this.#send(
      Buffer.concat([
        serialize.parse({ text }),
        serialize.bind({ values: text.includes('$1::') ? ['1'] : [] }),
        serialize.describe({ type: 'P', name: '' }),
        serialize.execute({}),
        serialize.sync(),
      ]),
    )
    await this.#send(serialize.query('rollback'))
    return answer
  }

  close(): void {
    this.#socket.end(serialize.end())
  }

  #send(bytes: Buffer): Promise<Answer> {
    this.#answer = { fields: undefined, rows: [], error: undefined }
    return new Promise((resolve) => {
      this.#ready = () => resolve(this.#answer)
      this.#socket.write(bytes)
    })
  }
}
