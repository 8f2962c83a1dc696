/**
 * What the target still has to answer, in order: one entry per message that was sent to it. PostgreSQL documentation,
 * "Message Flow".
 */
import type { ColumnDescription, ErrorResponseFields } from '@gatetrail/protocols'
import { GatetrailError, limits } from '@gatetrail/schemas'
import type { CopyOutMask } from '../masking/copy-out-mask.ts'
import type { RowPlan } from '../masking/row-plan.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { Definition } from './names.ts'
import type { Portal, Prepared } from './prepared.ts'
import type { StatementForm } from './statement-form.ts'

export type ReplyKind =
  | 'query'
  | 'parse'
  | 'bind'
  | 'close'
  | 'describe_statement'
  | 'describe_portal'
  | 'execute'
  | 'sync'
  /** CopyDone or CopyFail: not answered by itself, but it ends a COPY. */
  | 'copy_end'
  /** A batch of our own: what names mean (ask-names.ts). */
  | 'names'

export type Reply = {
  kind: ReplyKind
  /** The extended-query batch, or simple query, that it belongs to. */
  batch: number
  /** The answer is ours alone, and not for the client. */
  swallow: boolean
  /** The target may have ignored this Sync: it came while a COPY was on. */
  maybe: boolean
  /** The message was sent to fail in place of one that was refused; this is what the client is told. */
  refusal: ErrorResponseFields | undefined
  run: StatementRun | undefined
  form: StatementForm | undefined
  /** Of a statement that gives names: a copy of its text. */
  text: Buffer | undefined
  prepared: Definition<Prepared> | undefined
  portal: Definition<Portal> | undefined
  columns: readonly ColumnDescription[] | undefined
  /** It is a FunctionCall. */
  isCall: boolean
  plan: RowPlan | undefined
  copyOut: CopyOutMask | undefined
  copyIn: boolean
  /** COPYs of this statement that have begun. */
  copies: number
  /** Statements of its text that are answered: the number of the one that is being answered. */
  part: number
  /** Rows since the last CommandComplete. */
  commandRows: number
}

export function reply(kind: ReplyKind, batch: number): Reply {
  return {
    kind,
    batch,
    swallow: false,
    maybe: false,
    refusal: undefined,
    run: undefined,
    form: undefined,
    text: undefined,
    prepared: undefined,
    portal: undefined,
    columns: undefined,
    isCall: false,
    plan: undefined,
    copyOut: undefined,
    copyIn: false,
    copies: 0,
    part: 0,
    commandRows: 0,
  }
}

const compactAt = 256

export class ReplyQueue {
  #entries: Reply[] = []
  #head = 0

  get empty(): boolean {
    return this.#head === this.#entries.length
  }

  get first(): Reply | undefined {
    return this.#entries[this.#head]
  }

  /** @throws GatetrailError PROTOCOL_VIOLATION when more is pipelined than the limit */
  push(entry: Reply): void {
    if (this.#entries.length - this.#head >= limits.session.pipelinedMessagesMax) {
      throw new GatetrailError(
        'PROTOCOL_VIOLATION',
        `more than ${limits.session.pipelinedMessagesMax} messages were sent without waiting for answers`,
      )
    }
    this.#entries.push(entry)
  }

  shift(): void {
    this.#head++
    if (this.#head === this.#entries.length && this.#head > 0) {
      // One or two at a time are the rule: taken off, not cut off, which is slower.
      if (this.#head <= 4) while (this.#entries.length > 0) this.#entries.pop()
      else this.#entries.length = 0
      this.#head = 0
    } else if (this.#head >= compactAt && this.#head * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#head)
      this.#head = 0
    }
  }

  /** The first entry, if it is of one of these kinds. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
  expect(kind: ReplyKind, other: ReplyKind = kind, third: ReplyKind = kind): Reply {
    for (;;) {
      const { first } = this
      if (first !== undefined) {
        if (first.kind === kind || first.kind === other || first.kind === third) return first
        if (first.maybe || first.kind === 'copy_end') {
          this.shift()
          continue
        }
      }
      throw new GatetrailError(
        'UPSTREAM_PROTOCOL_VIOLATION',
        `the target answered ${first === undefined ? 'without a question' : `a ${first.kind} message`} with something else`,
      )
    }
  }

  /** The same, and it is answered with that. */
  take(kind: ReplyKind, other: ReplyKind = kind): Reply {
    const entry = this.expect(kind, other)
    this.shift()
    return entry
  }

  /** The entry that an error is about: never a Sync that may have been ignored, or the end of a COPY. */
  failing(): Reply | undefined {
    while (this.first !== undefined && (this.first.maybe || this.first.kind === 'copy_end')) {
      this.shift()
    }
    return this.first
  }

  /** Ends of COPYs that nobody waits for: outside of a COPY the target ignores them. */
  forgetCopyEnds(): void {
    while (this.first?.kind === 'copy_end') this.shift()
  }

  /** Removes what stands behind the first entry, up to and with the end of its COPY: it took no notice of it. */
  dropCopy(): void {
    for (let index = this.#head + 1; index < this.#entries.length; index++) {
      const { kind } = this.#entries[index]!
      if (kind === 'copy_end') {
        this.#entries.splice(this.#head + 1, index - this.#head)
        return
      }
      if (kind !== 'sync') return
    }
  }

  /** The entries from the second on, oldest first. */
  *afterFirst(): Generator<Reply> {
    for (let index = this.#head + 1; index < this.#entries.length; index++) {
      yield this.#entries[index]!
    }
  }

  *all(): Generator<Reply> {
    for (let index = this.#head; index < this.#entries.length; index++) yield this.#entries[index]!
  }
}
