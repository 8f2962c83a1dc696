/**
 * 200 sessions at once, each with tagged rows of its own, and everything that could bring answers out of step: pipelines with
 * errors in the middle, cancels with right and wrong keys, statement timeouts, COPY, cursors, prepared statements of both
 * kinds. Each question has a token that its answer must bear. PostgreSQL documentation, "Message Flow".
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { chooseSeed, createRandom, type Random } from './harness/random.ts'
import { RawPostgres, uint32 } from './harness/raw-postgres.ts'

const sessions = 200
const secondsMax = 25
const loginsAtOnce = 10
/** Below what one address may ask for with wrong keys before right ones are refused too. */
const wrongCancelsMax = 60

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await createPlatform({
    columns: { 'public.marked.secret': 'US_SSN' },
    prepare: async (target) => {
      await target.direct(`
        set role app;
        create table marked (session integer, id integer, marker text, secret text);
        create index on marked (session);
        insert into marked select s, n, 'session-' || s, 'hidden of ' || s
        from generate_series(0, ${sessions - 1}) s, generate_series(1, 20) n;`)
    },
  })
  await platform.start()
  token = await platform.issuer.token('client', ['readers', 'writers'], { run_id: 'cross-talk' })
})
afterAll(() => platform?.close())

type Counts = {
  questions: number
  rows: number
  errors: number
  cancelled: number
  timeouts: number
  wrongCancels: number
  foreignRows: number
  outOfStep: string[]
  leaks: number
}

const values = (body: Buffer): (string | null)[] => {
  const found: (string | null)[] = []
  let at = 2
  for (let count = body.readUInt16BE(0); count > 0; count--) {
    const length = body.readInt32BE(at)
    at += 4
    found.push(length < 0 ? null : body.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return found
}

const frame = (type: string, body: string): Buffer => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(type), uint32(bytes.length + 4), bytes])
}
const query = (text: string): Buffer => frame('Q', `${text}\0`)
const extended = (text: string, name = ''): Buffer =>
  Buffer.concat([
    frame('P', `${name}\0${text}\0\0\0`),
    frame('B', `\0${name}\0\0\0\0\0\0\0`),
    frame('E', '\0\0\0\0\0'),
  ])
const sync = frame('S', '')

/** One client: what it asks, and whether the answers are its own. */
class Talker {
  readonly #number: number
  readonly #random: Random
  readonly #counts: Counts
  #client!: RawPostgres
  #key: Buffer = Buffer.alloc(8)
  #asked = 0
  /** Cancels of ours that may still hit a later statement. */
  #cancelledAt = -Infinity

  constructor(number: number, seed: number, counts: Counts) {
    this.#number = number
    this.#random = createRandom(seed + number)
    this.#counts = counts
  }

  async login(): Promise<void> {
    this.#client = await RawPostgres.open(platform.ports.postgres)
    this.#client.startup({ user: 'raw', database: 'orders' })
    await this.#client.until('R')
    this.#client.message('p', `${token}\0`)
    for (;;) {
      const message = await this.#client.next()
      if (message === undefined || message.type === 'E') throw new Error('no session')
      if (message.type === 'K') this.#key = message.body
      if (message.type === 'Z') return
    }
  }

  get key(): Buffer {
    return this.#key
  }

  end(): void {
    this.#client.send(frame('X', ''))
    this.#client.destroy()
  }

  async talk(until: number, cancelOther: () => Promise<void>): Promise<void> {
    while (Date.now() < until) {
      switch (Math.floor(this.#random() * 9)) {
        case 0:
          await this.#simple()
          break
        case 1:
          await this.#pipeline()
          break
        case 2:
          await this.#failingPipeline()
          break
        case 3:
          await this.#cancelled()
          break
        case 4:
          await this.#timedOut()
          break
        case 5:
          await this.#copy()
          break
        case 6:
          await this.#prepared()
          break
        case 7:
          await this.#cursor()
          break
        default:
          await cancelOther()
      }
    }
  }

  #select(): { text: string; token: string } {
    const own = `t${this.#number}-${++this.#asked}`
    const text = `select marker, secret, '${own}' from marked where session = ${this.#number} order by id`
    return { text, token: own }
  }

  async #simple(): Promise<void> {
    const { text, token: own } = this.#select()
    await this.#ask([query(text)], [own])
  }

  async #pipeline(): Promise<void> {
    const asked = Array.from({ length: 2 + Math.floor(this.#random() * 8) }, () => this.#select())
    const bytes = asked.map(({ text }) => extended(text))
    const split = this.#random() < 0.5
    const messages = split ? bytes.flatMap((part) => [part, sync]) : [...bytes, sync]
    await this.#ask(
      messages,
      asked.map((one) => one.token),
      split ? asked.length : 1,
    )
  }

  /** Two batches: in the first one what stands behind the error has no answer. */
  async #failingPipeline(): Promise<void> {
    const [before, behind, after] = [this.#select(), this.#select(), this.#select()]
    const first = [extended(before.text), extended('select 1 / 0'), extended(behind.text), sync]
    await this.#ask([...first, query(after.text)], [before.token, 'error', after.token], 2)
  }

  async #cancelled(): Promise<void> {
    this.#cancelledAt = Date.now()
    const answer = this.#ask([query('select pg_sleep(5)')], ['any'])
    await sleep(this.#random() * 100)
    await sendCancel(this.#key)
    await answer
    this.#cancelledAt = Date.now()
  }

  async #timedOut(): Promise<void> {
    const parts = ['set statement_timeout = 50', 'select pg_sleep(5)', 'set statement_timeout = 0']
    await this.#ask(parts.map(query), ['error'], parts.length)
    this.#counts.timeouts++
  }

  async #copy(): Promise<void> {
    const text = `copy (select marker, id from marked where session = ${this.#number}) to stdout`
    await this.#ask([query(text)], ['copy'])
  }

  async #prepared(): Promise<void> {
    const { text, token: own } = this.#select()
    const name = `s${this.#asked}`
    const again = this.#select()
    await this.#ask(
      [
        extended(text, name),
        sync,
        query(`execute ${name}`),
        query(`deallocate ${name}`),
        query(again.text),
      ],
      [own, own, again.token],
      4,
    )
  }

  async #cursor(): Promise<void> {
    const { text, token: own } = this.#select()
    const declare = `declare c cursor for ${text}`
    const parts = ['begin', declare, 'fetch 5 from c', 'fetch all from c', 'commit']
    await this.#ask(parts.map(query), [own, own], parts.length)
  }

  /** Sends, and reads the answers: tokens in this order, up to as many ReadyForQuery. */
  async #ask(messages: Buffer[], tokens: string[], readies = 1): Promise<void> {
    const counts = this.#counts
    counts.questions++
    const seen: string[] = []
    let cancelled = false
    let current = ''
    if (this.#random() < 0.3) for (const message of messages) this.#client.send(message)
    else this.#client.send(...messages)
    while (readies > 0) {
      const message = await this.#client.next()
      if (message === undefined) throw new Error(`session ${this.#number} was closed`)
      const text = message.body.toString('utf8')
      if (text.includes('hidden')) counts.leaks++
      switch (message.type) {
        case 'D': {
          const [marker, , own] = values(message.body)
          if (own === undefined) break
          counts.rows++
          if (marker !== `session-${this.#number}`) counts.foreignRows++
          current = own ?? ''
          break
        }
        case 'd':
          counts.rows++
          current = 'copy'
          if (!text.startsWith(`session-${this.#number}\t`)) counts.foreignRows++
          break
        case 'E':
          if (text.includes('C57014') && Date.now() - this.#cancelledAt < 10_000) cancelled = true
          // A target that waits for a core may not even end the time-out within the time-out.
          if (text.includes('statement timeout') && (tokens[0] !== 'error' || seen.length > 0)) {
            cancelled = true
          }
          if (text.includes('user request')) counts.cancelled++
          counts.errors++
          seen.push('error')
          current = ''
          break
        case 'C':
          if (current !== '') seen.push(current)
          current = ''
          break
        case 'Z':
          readies--
          break
        default:
      }
    }
    // A cancel may come late, and hit the statement behind.
    const inStep = cancelled || tokens.includes('any') || seen.join() === tokens.join()
    if (!inStep)
      counts.outOfStep.push(`${this.#number}: asked ${tokens.join()}, saw ${seen.join()}`)
    if (cancelled) await this.#recover()
  }

  /** After an unlucky cancel: no transaction, no cursor and no time-out stays. */
  async #recover(): Promise<void> {
    for (let left = 3, failed = true; failed && left > 0; left--) {
      failed = false
      this.#client.send(query('rollback'), query('set statement_timeout = 0'))
      for (let readies = 2; readies > 0;) {
        const message = await this.#client.next()
        if (message === undefined) throw new Error(`session ${this.#number} was closed`)
        if (message.type === 'E') failed = true
        if (message.type === 'Z') readies--
      }
    }
  }
}

async function sendCancel(key: Buffer): Promise<void> {
  const client = await RawPostgres.open(platform.ports.postgres).catch(() => undefined)
  if (client === undefined) return
  client.send(uint32(8 + key.length), uint32(80_877_102), key)
  await client.closes().catch(() => false)
  client.destroy()
}

test('200 sessions with cancels, errors, timeouts and pipelines: no row of another, no answer out of step', async () => {
  onTestFailed(async () => console.log((await platform.logs()).slice(-4_000)))
  const seed = chooseSeed()
  const random = createRandom(seed)
  const counts: Counts = {
    questions: 0,
    rows: 0,
    errors: 0,
    cancelled: 0,
    timeouts: 0,
    wrongCancels: 0,
    foreignRows: 0,
    outOfStep: [],
    leaks: 0,
  }
  const talkers = Array.from({ length: sessions }, (_, one) => new Talker(one, seed, counts))
  const waiting = [...talkers]
  await Promise.all(
    Array.from({ length: loginsAtOnce }, async () => {
      for (let talker = waiting.pop(); talker !== undefined; talker = waiting.pop()) {
        await talker.login()
      }
    }),
  )
  /** The process of another session, with a secret that is not its own. */
  const cancelOther = async (): Promise<void> => {
    if (counts.wrongCancels >= wrongCancelsMax) return
    counts.wrongCancels++
    const other = talkers[Math.floor(random() * sessions)]!
    const guessed = Buffer.from(other.key)
    guessed.writeUInt32BE(Math.floor(random() * 2 ** 32), 4)
    await sendCancel(guessed)
  }
  const until = Date.now() + secondsMax * 1000
  await Promise.all(talkers.map((talker) => talker.talk(until, cancelOther)))
  for (const talker of talkers) talker.end()
  const { outOfStep, ...rest } = counts
  console.log(JSON.stringify({ ...rest, outOfStep: outOfStep.length, sessions }))
  expect(counts.foreignRows).toBe(0)
  expect(outOfStep).toEqual([])
  expect(counts.leaks).toBe(0)
  expect(counts.cancelled).toBeGreaterThan(5)
  expect(counts.rows).toBeGreaterThan(sessions * 10)
})
