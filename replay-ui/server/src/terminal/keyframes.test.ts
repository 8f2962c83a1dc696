import type { ClickHouseClient } from '@clickhouse/client'
import { resizeFrame, TerminalFilter, terminalTypes } from '@gatetrail/protocols'
import { SerializeAddon } from '@xterm/addon-serialize'
import headless from '@xterm/headless'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import {
  keyframesForgetMs,
  keyframesKeptMs,
  keyframesSessionsMax,
  keyframesUnaskedMs,
} from '../limits.ts'
import { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { DrawKeyframes } from './draw-keyframes.ts'
import { unpacked } from './keyframe.ts'
import { Keyframes } from './keyframes.ts'
import { terminalEvents } from './terminal-slice.ts'

type Piece = { type: number; bytes: Uint8Array }
const encoder = new TextEncoder()
const output = (text: string): Piece => ({
  type: terminalTypes.output,
  bytes: encoder.encode(text),
})
const microsPerPiece = 1_000

/** Some hundred KiB: lines in colours, programs that take the screen and scroll a part of it, other sizes, texts cut anywhere. */
function pieces(): Piece[] {
  const all: Piece[] = [
    { type: terminalTypes.resize, bytes: resizeFrame({ columns: 100, rows: 30 }) },
  ]
  for (let number = 0; number < 9_000; number++) {
    const place = number % 1_500
    if (place === 700) all.push(output('\u001b[?1049h\u001b[2J\u001b[H\u001b[2;20r\u001b[20;1H'))
    else if (place === 1_100) all.push(output('\u001b[r\u001b[?1049l'))
    else if (place === 1_200)
      all.push({ type: terminalTypes.resize, bytes: resizeFrame({ columns: 80 + (number % 41), rows: 25 }) }) // prettier-ignore
    else if (place === 1_300) all.push(output('\u001b(0lqqk\u001b(B\r\n'))
    const text = `\u001b[1;3${number % 8}mnumber ${number}\u001b[0m ünit 名前 ${'='.repeat(number % 90)}\r\n`
    const bytes = encoder.encode(text)
    // Within a sequence or a character, wherever it falls.
    const cut = number % bytes.length
    all.push({ type: terminalTypes.output, bytes: bytes.subarray(0, cut) })
    all.push({ type: terminalTypes.output, bytes: bytes.subarray(cut) })
  }
  return all
}

const perChunk = 40

/** A store that holds nothing but the chunks of one session. */
function storeOf(
  all: readonly Piece[],
  { redactions, readsMax }: { redactions: () => number; readsMax: number } = {
    ...{ redactions: () => 0, readsMax: Infinity },
  },
): Questions {
  let reads = 0
  const answer = ({
    query,
    query_params: { fromSeq, toSeq },
  }: {
    query: string
    query_params: Record<string, number>
  }) => {
    if (query.includes('AS redactions'))
      return Promise.resolve({ json: () => Promise.resolve([{ redactions: redactions() }]) })
    if (reads++ >= readsMax) return Promise.reject(new Error('the store is gone'))
    const seqs: number[] = []
    for (let seq = fromSeq!; seq < toSeq! && seq * perChunk < all.length; seq++) seqs.push(seq)
    const chunks = seqs.map((seq) => all.slice(seq * perChunk, (seq + 1) * perChunk))
    const row = {
      seqs,
      counts: chunks.map(({ length }) => length),
      offsets: chunks.flatMap((chunk, at) =>
        chunk.map((_, index) => (seqs[at]! * perChunk + index) * microsPerPiece),
      ),
      types: chunks.flat().map(({ type }) => type),
      lengths: chunks.flat().map(({ bytes }) => bytes.length),
      payload64: Buffer.concat(chunks.flat().map(({ bytes }) => bytes)).toString('base64'),
      end_seq: toSeq,
    }
    return Promise.resolve({ json: () => Promise.resolve([row]) })
  }
  const client: unknown = { query: answer }
  return Questions.ofAll(client as ClickHouseClient, 'default')
}

const sessionOf = (all: readonly Piece[]): ReplayedSession => ({
  ...{
    id: 's',
    ended: true,
    final: true,
    protocol: 'ssh',
    connection: 'ssh',
    startedMs: 0,
    lastMs: 0,
  },
  durationMicros: all.length * microsPerPiece,
  lastSeq: Math.ceil(all.length / perChunk) - 1,
})

class Played {
  readonly #terminal = new headless.Terminal({
    cols: 80,
    rows: 24,
    scrollback: 0,
    allowProposedApi: true,
  })
  readonly #serializer = new SerializeAddon()
  #pending = ''

  constructor() {
    this.#terminal.loadAddon(this.#serializer)
  }

  write(text: string): void {
    this.#pending += text
  }

  async drawn(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    if (text !== '') await new Promise<void>((resolve) => this.#terminal.write(text, resolve))
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.drawn()
    this.#terminal.resize(columns, rows)
  }

  async picture(): Promise<string> {
    await this.drawn()
    const { cursorX, cursorY, type } = this.#terminal.buffer.active
    return `${type} ${cursorX},${cursorY}\n${this.#serializer.serialize({ scrollback: 0 })}`
  }
}

const keyframesAt = (nowMs: () => number) => new Keyframes((from) => new DrawKeyframes(from), nowMs)
const waitMs = 30_000

async function exactAt(
  keyframes: Keyframes,
  { questions, session, at }: { questions: Questions; session: ReplayedSession; at: number },
) {
  const found = await keyframes.at(questions, session, at, waitMs)
  if (found === undefined) throw new Error('no picture was made')
  return found
}

describe('keyframes of a terminal', () => {
  it('lead at any moment to the screen that playing from the start leads to', async () => {
    const all = pieces()
    const [questions, session] = [storeOf(all), sessionOf(all)]
    const keyframes = keyframesAt(() => 0)
    const straight = new Played()
    const filter = new TerminalFilter()
    const places = new Set<number>()
    for (const [index, { type, bytes }] of all.entries()) {
      if (type === terminalTypes.output) straight.write(filter.push(bytes))
      else await straight.resize(new DataView(bytes.buffer).getUint16(0), new DataView(bytes.buffer).getUint16(2)) // prettier-ignore
      if (index % 613 !== 0) continue
      const at = index * microsPerPiece
      const { keyframe, end } = await exactAt(keyframes, { questions, session, at })
      places.add(keyframe.offsetMicros)
      const sought = new Played()
      await sought.resize(keyframe.columns, keyframe.rows)
      sought.write(unpacked(keyframe.state))
      let shown = 0
      for (const event of await terminalEvents(questions, session, keyframe, end?.seq)) {
        if (event.offsetMicros > at) break
        if (event.kind === 'output') sought.write(event.text)
        if (event.kind === 'resize') await sought.resize(event.columns, event.rows)
        shown += event.kind === 'output' ? event.text.length : 0
      }
      // And a chunk.
      expect(shown).toBeLessThanOrEqual((256 + 64) * 1024)
      expect({ at, picture: await sought.picture() }).toEqual({
        at,
        picture: await straight.picture(),
      })
    }
    expect(places.size).toBeGreaterThan(4)
  }, 60_000)

  it('are made anew after a while, so that what was masked since is masked in them', async () => {
    const [before, after] = [[output('secret 4711\r\n')], [output('secret ****\r\n')]]
    let nowMs = 0
    const keyframes = keyframesAt(() => nowMs)
    const long = Array.from({ length: 4_000 }, () => output(`${'x'.repeat(70)}\r\n`))
    const hidden = (all: Piece[]) => [...long, ...all, ...long.slice(0, 10)]
    const stateOf = async (all: Piece[]) => {
      const session = sessionOf(all)
      const { keyframe } = await exactAt(keyframes, {
        questions: storeOf(all),
        session,
        at: session.durationMicros,
      })
      return keyframe.offsetMicros
    }
    const made = await stateOf(hidden(before))
    expect(made).toBeGreaterThan(0)
    nowMs = keyframesKeptMs
    expect(await stateOf(hidden(after).slice(0, 100))).toBe(0)
  })

  it('are made of a terminal that never rests as well: what one answer reads is bounded', async () => {
    const wide = '='.repeat(80)
    const all = Array.from({ length: 60_000 }, () => output(wide))
    const session = sessionOf(all)
    const [questions, keyframes] = [storeOf(all), keyframesAt(() => 0)]
    const { keyframe } = await exactAt(keyframes, { questions, session, at: 10 ** 9 })
    const events = await terminalEvents(questions, session, keyframe, undefined)
    expect(events.length * wide.length).toBeLessThan(2 * 1024 * 1024)
    expect(keyframe.offsetMicros).toBeGreaterThan(0)
  })

  it('that are not made in time are not waited for, and are there later', async () => {
    const all = pieces()
    const [questions, session, keyframes] = [storeOf(all), sessionOf(all), keyframesAt(() => 0)]
    expect(await keyframes.at(questions, session, session.durationMicros, 0)).toBeUndefined()
    expect(
      await exactAt(keyframes, { questions, session, at: session.durationMicros }),
    ).toBeDefined()
  })

  it('are no longer made for a terminal that nobody looks at, and go on where they stopped', async () => {
    const all = pieces()
    let nowMs = 0
    const [questions, session] = [storeOf(all), sessionOf(all)]
    const keyframes = keyframesAt(() => nowMs)
    const first = keyframes.at(questions, session, session.durationMicros, waitMs)
    nowMs = keyframesUnaskedMs
    expect(await first).toBeUndefined()
    expect(
      await exactAt(keyframes, { questions, session, at: session.durationMicros }),
    ).toBeDefined()
  })

  it('are made on for as long as it takes', async () => {
    const all = pieces()
    let [nowMs, made] = [0, 0]
    const [questions, session] = [storeOf(all), sessionOf(all)]
    const keyframes: Keyframes = new Keyframes(
      (from) => {
        made++
        const drawn = new DrawKeyframes(from)
        return {
          take: async (batch, spread) => {
            nowMs += keyframesKeptMs / 2
            void keyframes.at(questions, session, session.durationMicros, 0)
            return drawn.take(batch, spread)
          },
          close: () => drawn.close(),
        }
      },
      () => nowMs,
    )
    await exactAt(keyframes, { questions, session, at: session.durationMicros })
    expect(nowMs).toBeGreaterThan(keyframesKeptMs)
    expect(made).toBe(1)
  })

  it('are not shown once something of the session was masked', async () => {
    let redactions = 0
    const keyframes = keyframesAt(() => 0)
    const pictureOf = async (secret: string) => {
      const all = Array.from({ length: 4_000 }, () => output(`${secret}${'x'.repeat(60)}\r\n`))
      const questions = storeOf(all, { redactions: () => redactions, readsMax: Infinity })
      const session = sessionOf(all)
      const at = session.durationMicros
      return unpacked((await exactAt(keyframes, { questions, session, at })).keyframe.state)
    }
    expect(await pictureOf('secret 4711')).toContain('secret 4711')
    redactions = 1
    const picture = await pictureOf('secret ****')
    expect(picture).toContain('secret ****')
    expect(picture).not.toContain('secret 4711')
  })

  it('are forgotten after a while where nobody asks any more', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true })
    try {
      const all = pieces().slice(0, 400)
      const [questions, session] = [storeOf(all), sessionOf(all)]
      const keyframes = keyframesAt(() => Date.now())
      await exactAt(keyframes, { questions, session, at: session.durationMicros })
      expect(keyframes.preparedMicros(session.id)).toBeGreaterThan(0)
      await vi.advanceTimersByTimeAsync(keyframesKeptMs + 2 * keyframesForgetMs)
      expect(keyframes.preparedMicros(session.id)).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('make a moment exact as soon as everything before it is drawn, also where there is more to come', async () => {
    const all = pieces()
    const [questions, session] = [storeOf(all), sessionOf(all)]
    let taken = 0
    const keyframes = new Keyframes(
      (from) => {
        const drawn = new DrawKeyframes(from)
        return {
          take: (batch, spread) =>
            taken++ === 0 ? drawn.take(batch, spread) : new Promise(() => undefined),
          close: () => drawn.close(),
        }
      },
      () => 0,
    )
    const at = 300 * microsPerPiece
    const { keyframe, end } = await exactAt(keyframes, { questions, session, at })
    const events = await terminalEvents(questions, session, keyframe, end?.seq)
    expect(end?.offsetMicros).toBeGreaterThan(at)
    expect(events.some(({ offsetMicros }) => offsetMicros === at)).toBe(true)
  })

  it('hold no place where their thread did not start', async () => {
    const all = pieces()
    let starts = false
    const keyframes = new Keyframes(
      (from) => {
        if (!starts) throw new Error('no thread')
        return new DrawKeyframes(from)
      },
      () => 0,
    )
    const ids = Array.from({ length: keyframesSessionsMax + 1 }, (_, index) => `s${index}`)
    const pictureOf = (id: string) =>
      keyframes.at(storeOf(all), { ...sessionOf(all), id }, 10 ** 9, waitMs)
    for (const id of ids) await expect(pictureOf(id)).rejects.toThrow('no thread')
    starts = true
    for (const id of ids) expect(await pictureOf(id)).toBeDefined()
  })

  it('are made at the next ask where the store failed meanwhile', async () => {
    const all = pieces()
    const session = sessionOf(all)
    let isClosed = false
    const keyframes = new Keyframes(
      (from) => {
        const drawn = new DrawKeyframes(from)
        return {
          take: (batch, spread) => drawn.take(batch, spread),
          close: () => {
            drawn.close()
            isClosed = true
          },
        }
      },
      () => 0,
    )
    const broken = storeOf(all, { redactions: () => 0, readsMax: 2 })
    expect(await keyframes.at(broken, session, 10 ** 9, 0)).toBeUndefined()
    await vi.waitFor(() => expect(isClosed).toBe(true), waitMs)
    expect(await exactAt(keyframes, { questions: storeOf(all), session, at: 10 ** 9 })).toBeDefined() // prettier-ignore
  })

  it('are not broken off while one is drawn', async () => {
    const all = pieces()
    const questions = storeOf(all, { redactions: () => 0, readsMax: 1 })
    const done: string[] = []
    const keyframes = new Keyframes(
      () => ({
        take: async () => {
          await delay(50)
          done.push('drawn')
          return []
        },
        close: () => done.push('closed'),
      }),
      () => 0,
    )
    await expect(keyframes.at(questions, sessionOf(all), 10 ** 9, waitMs)).rejects.toThrow('gone')
    expect(done).toEqual(['drawn', 'closed'])
  })
})
