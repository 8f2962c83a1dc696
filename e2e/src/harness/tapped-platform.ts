/** A platform whose proxy reaches its target through a tap, and what the tests of hostile peers ask of it. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { createPlatform, type Platform } from './platform.ts'
import { RecordedClient } from './recorded-client.ts'
import { RecordedSessions } from './recorded-sessions.ts'
import { fillShop, taggedColumns, type Customer } from './shop.ts'
import { openTargetTap, type TargetTap } from './target-tap.ts'
import { findUnrecorded, type Compared } from './wire-oracle.ts'

const recordedMsMax = 30_000
/** After the clients have left, for sessions to end by themselves. */
const endingMsMax = 5_000

export class TappedPlatform {
  readonly platform: Platform
  readonly tap: TargetTap
  readonly compared: Compared = { bytesToClient: 0, bytesToTarget: 0, masked: 0, own: 0 }
  readonly #recorded: RecordedSessions
  readonly #clients = new Map<string, RecordedClient>()
  readonly #token: string
  #pid = 0
  /** Values of tagged columns. */
  #secrets: readonly string[] = []
  #opened = 0
  sessionsCompared = 0
  /** Sessions that did not end with their client, since their target owed an answer. */
  waitedForTarget = 0

  private constructor(platform: Platform, tap: TargetTap, token: string) {
    this.platform = platform
    this.tap = tap
    this.#token = token
    this.#recorded = new RecordedSessions(join(platform.dataDirectory, 'journal'))
  }

  /** Started. Without tags every column is passed on as it is, unless personal data is found in it. */
  static async start(columns: Record<string, string> = {}): Promise<TappedPlatform> {
    let customers: Customer[] = []
    const platform = await createPlatform({
      columns,
      prepare: async (target) => {
        customers = await fillShop(target, 20)
      },
    })
    const tap = await openTargetTap(platform.target.port)
    const text = await readFile(platform.configurationFile, 'utf8')
    await writeFile(
      platform.configurationFile,
      text.replaceAll(`127.0.0.1:${platform.target.port}`, `127.0.0.1:${tap.port}`),
    )
    await platform.start()
    const token = await platform.issuer.token('job', ['everything'], { run_id: 'hostile' })
    const tapped = new TappedPlatform(platform, tap, token)
    tapped.#pid = (await platform.rolePid('proxy')) ?? 0
    if (columns === taggedColumns) {
      tapped.#secrets = customers.flatMap(({ ssn, email, card }) => [ssn, email, card])
    }
    return tapped
  }

  get token(): string {
    return this.#token
  }

  /** A session with a name of its own, by which all that it sends and receives is found again. */
  async session(prefix: string, prepare?: (name: string) => void): Promise<RecordedClient> {
    const name = `${prefix}-${++this.#opened}`
    prepare?.(name)
    const client = await RecordedClient.login(this.platform.ports.postgres, name, this.#token)
    this.#clients.set(name, client)
    return client
  }

  /** The proxy is the process that it was, and serves. */
  async assertAlive(): Promise<void> {
    expect(await this.platform.rolePid('proxy')).toBe(this.#pid)
    const { stdout, stderr } = await this.platform.psql(this.#token, ['-Atc', 'select 41 + 1'])
    expect([stdout.trim(), stderr]).toEqual(['42', ''])
  }

  /** No session ended by a bug: what a peer says is an error of the peer. */
  async assertNoBugs(): Promise<void> {
    const directory = join(this.platform.dataDirectory, 'log')
    for (const name of await readdir(directory)) {
      if (!name.startsWith('proxy.')) continue
      const lines = (await readFile(join(directory, name), 'utf8')).split('\n')
      expect(lines.filter((line) => line.includes('"level":50') || line.includes('internal_error'))).toEqual([]) // prettier-ignore
    }
  }

  /** Of the proxy, in MiB: now and at its most. */
  async memory(): Promise<{ now: number; most: number }> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8')
    const of = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024 // prettier-ignore
    return { now: of('VmRSS'), most: of('VmHWM') }
  }

  /** Holds all sessions that are over against the journal, and forgets them. Throws for a byte that is not on record. */
  async compare(): Promise<void> {
    for (const client of this.#clients.values()) client.socket.destroy()
    const leftAt = Date.now()
    const until = leftAt + recordedMsMax
    let ended = false
    while (this.#clients.size > 0) {
      await this.#recorded.read()
      for (const recorded of this.#recorded.all()) {
        if (!recorded.closed) continue
        this.#recorded.done(recorded)
        const name = recorded.applicationName
        const client = this.#clients.get(name)
        if (client === undefined) continue
        const target = this.tap.sessions.get(name)
        const unrecorded = findUnrecorded(recorded, client.received, Buffer.concat(target?.received ?? []), this.compared) // prettier-ignore
        if (unrecorded !== undefined) throw new Error(`${name}: not on record: ${unrecorded}`)
        // A target that changes what it says of its columns may say anything of them.
        if (!this.tap.tampers.has(name)) this.#findSecrets(name, client.received)
        this.#clients.delete(name)
        this.tap.sessions.delete(name)
        this.tap.tampers.delete(name)
        this.sessionsCompared++
      }
      if (!ended && Date.now() > leftAt + endingMsMax) {
        // A target that never answers keeps its session waiting, also for a client that is gone: it ends with the target.
        ended = true
        this.waitedForTarget += this.#clients.size
        for (const name of this.#clients.keys()) {
          if (!this.tap.tampers.has(name)) throw new Error(`${name} does not end with its client`)
          this.tap.sessions.get(name)?.end()
        }
      }
      if (Date.now() > until) {
        throw new Error(`no end on record: ${[...this.#clients.keys()].slice(0, 5).join(', ')}`)
      }
      if (this.#clients.size > 0) await sleep(100)
    }
  }

  #findSecrets(name: string, received: Buffer): void {
    for (const secret of this.#secrets) {
      if (received.includes(secret)) throw new Error(`${name} received ${secret} in clear`)
    }
  }

  async close(): Promise<void> {
    await this.platform.close()
    await this.tap.close()
  }
}
