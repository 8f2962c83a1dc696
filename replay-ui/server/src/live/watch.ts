/**
 * One session that somebody watches: the store is asked about once a second, however many watch it, and what changed goes to all of
 * them. A statement is sent when it comes and whenever what is known of it changes; nothing is kept for a reader that does not read.
 */
import { createHash } from 'node:crypto'
import { isGatetrailError } from '@gatetrail/schemas'
import type { LiveMessage, TimelineStatement } from '@gatetrail/replay-api'
import {
  livePageStatements,
  livePagesMax,
  livePollMs,
  liveStatementsWatched,
  liveTroubleMs,
} from '../limits.ts'
import { timelinePage } from '../replay/timeline.ts'
import { firstUnanswered, liveStateOf } from '../store/live-question.ts'
import type { Questions } from '../store/question.ts'
import { findSession, noSession } from '../store/sessions-question.ts'

/** Who watches. Each with the questions that this caller may ask. */
export type Watcher = {
  readonly questions: Questions
  /** The next statement that this watcher has not got. */
  next: number
  /** Whether there is room for more now; a watcher that has none is asked again later. */
  hasRoom(): boolean
  send(message: LiveMessage): void
  end(): void
}

/** Answered statements that may still get a finding. */
const answeredWatched = 5

export class Watch {
  readonly session: string
  readonly #watchers = new Set<Watcher>()
  readonly #joining = new Set<Watcher>()
  /** Of statements from `#from` on, as they were sent: seq → hash. */
  #sent = new Map<number, string>()
  #from: number | undefined
  #lastSeq = -1
  #state = ''
  #over = false
  #timer: NodeJS.Timeout | undefined
  #asking = false

  constructor(session: string) {
    this.session = session
  }

  get watchers(): number {
    return this.#watchers.size
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher)
    this.#joining.add(watcher)
    if (!this.#asking) this.#plan(0)
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    this.#joining.delete(watcher)
    if (this.#watchers.size === 0) clearTimeout(this.#timer)
  }

  #plan(afterMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), afterMs)
  }

  async #look(): Promise<void> {
    this.#asking = true
    let afterMs = livePollMs
    try {
      await this.#ask()
    } catch (error) {
      afterMs = liveTroubleMs
      const message = isGatetrailError(error) ? error.message : 'this is a bug of Gatetrail'
      for (const watcher of this.#watchers) watcher.send({ type: 'trouble', message })
    }
    this.#asking = false
    if (this.#watchers.size > 0) this.#plan(afterMs)
  }

  async #ask(): Promise<void> {
    // The caller's own: each of them has been let in to this session.
    const questions = [...this.#watchers][0]?.questions
    if (questions === undefined) return
    const found = await liveStateOf(questions, this.session)
    if (found === undefined) throw noSession(this.session)
    this.#from ??= await firstUnanswered(questions, this.session, liveStatementsWatched)
    await this.#letIn(this.#from)
    const isNews = found.last_seq !== this.#lastSeq || found.state !== this.#state
    const fresh = [...this.#joining].filter((watcher) => watcher.next >= (this.#from ?? 0))
    for (const watcher of fresh) this.#joining.delete(watcher)
    if (isNews || fresh.length > 0) await this.#tell(questions, fresh)
    this.#lastSeq = found.last_seq
    this.#state = found.state
    if (found.state === 'open') this.#over = false
    // What came with the end may be stored just behind it: one more look.
    else if (this.#over && !isNews) await this.#end(questions)
    else this.#over = true
  }

  /** Who came later, or asked for the past, gets what is older than what the watch looks at. */
  async #letIn(upTo: number): Promise<void> {
    for (const watcher of this.#joining) {
      for (let page = 0; watcher.next < upTo && watcher.hasRoom() && page < livePagesMax; page++) {
        const found = await timelinePage(
          watcher.questions,
          this.session,
          watcher.next,
          livePageStatements,
          false,
        )
        const older = found.statements.filter(({ seq }) => seq < upTo)
        if (older.length > 0) watcher.send({ type: 'statements', statements: older })
        watcher.next = Math.min(found.nextFrom ?? upTo, upTo)
      }
    }
  }

  async #tell(questions: Questions, fresh: readonly Watcher[]): Promise<void> {
    const detail = await findSession(questions, this.session)
    for (const watcher of this.#watchers) watcher.send({ type: 'session', session: detail })
    let from: number | null = this.#from ?? 0
    let seen: TimelineStatement[] = []
    for (let page = 0; from !== null && page < livePagesMax; page++) {
      const found = await timelinePage(
        questions,
        this.session,
        from,
        livePageStatements,
        detail.state !== 'open',
      )
      from = found.nextFrom
      this.#send(found.statements, fresh)
      seen = [...seen, ...found.statements].slice(-liveStatementsWatched)
      this.#moveOn(seen, from)
    }
  }

  #send(statements: TimelineStatement[], fresh: readonly Watcher[]): void {
    const hashes = statements.map((statement) => hashOf(statement))
    const changed = statements.filter(({ seq }, index) => this.#sent.get(seq) !== hashes[index])
    for (const [index, { seq }] of statements.entries()) this.#sent.set(seq, hashes[index] ?? '')
    for (const watcher of this.#watchers) {
      if (this.#joining.has(watcher)) continue
      const news = fresh.includes(watcher) ? statements : changed
      if (news.length > 0) watcher.send({ type: 'statements', statements: news })
    }
  }

  /** From here on statements may still change. Those of the last few that are answered may get a finding. */
  #moveOn(seen: readonly TimelineStatement[], next: number | null): void {
    const waiting = seen.find(({ completed, verdict }) => !completed && verdict === 'allow')
    const lately = seen.at(-answeredWatched)
    const from = Math.min(waiting?.seq ?? Infinity, lately?.seq ?? Infinity, next ?? Infinity)
    if (from === Infinity) return
    this.#from = from
    for (const seq of this.#sent.keys()) if (seq < from) this.#sent.delete(seq)
  }

  async #end(questions: Questions): Promise<void> {
    const session = await findSession(questions, this.session)
    for (const watcher of this.#watchers) {
      watcher.send({ type: 'ended', session })
      watcher.end()
    }
  }
}

function hashOf(statement: TimelineStatement): string {
  return createHash('sha1').update(JSON.stringify(statement)).digest('base64')
}
