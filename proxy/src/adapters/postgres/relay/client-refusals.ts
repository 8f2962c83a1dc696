/**
 * Refuses a message of the client where and as PostgreSQL would. From client-leg.ts and the files of its messages; what is
 * said stands in refusals.ts.
 */
import { frontendTypes, typeName } from '@gatetrail/protocols'
import type { DecidedPath } from '../recorder/event-json.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import { recordDecision } from './judge.ts'
import { poisonParse, poisonQuery, type Refusal } from './refusals.ts'
import { reply } from './replies.ts'
import type { SessionState } from './session-state.ts'
import { formOfText } from './statement-forms.ts'

const types = frontendTypes

export class ClientRefusals {
  readonly #state: SessionState
  /** Messages are dropped up to the next Sync, which we answer ourselves. */
  #refusedBatch = false
  /** A message was sent to fail: the target will skip everything up to the next Sync, so nothing of it is sent. */
  #failingBatch = false

  constructor(state: SessionState) {
    this.#state = state
  }

  /** Whether a message of this type is dropped, as one behind an error is. */
  skips(type: number): boolean {
    return (
      (this.#refusedBatch || this.#failingBatch || this.#state.targetSkips) &&
      type !== types.sync &&
      type !== types.terminate
    )
  }

  /** A Sync ends the skipping. True: it is ours to answer, the target knows of nothing. */
  endBatch(): boolean {
    const ours = this.#refusedBatch
    this.#refusedBatch = false
    if (!ours) this.#failingBatch = false
    return ours
  }

  /** A message that can't be described: too large, or a function call. */
  refuseUndescribed(type: number, refusal: Refusal): void {
    const state = this.#state
    const path: DecidedPath =
      type === types.functionCall ? 'function_call' : type === types.query ? 'simple' : 'parse'
    const form = formOfText(state, `gatetrail cannot inspect a message of type ${typeName(type)}`)
    const decision = { verdict: 'deny', policies: [] } as const
    const run = recordDecision(state, form, decision, path, refusal, undefined)
    const simple = type === types.query || type === types.functionCall
    this.refuse(simple ? 'simple' : 'extended', refusal, run)
  }

  /**
   * Answers a refusal where and as PostgreSQL would: at once if nothing else is going on, else by a message that fails in
   * place of the refused one, so that order, skipping to Sync and the failed transaction are the target's own.
   */
  refuse(protocol: 'simple' | 'extended', refusal: Refusal, run: StatementRun | undefined): void {
    const state = this.#state
    if (state.idle) {
      state.answerError(refusal.fields)
      if (run !== undefined) state.recorder.finish(run)
      if (protocol === 'simple') state.answerReady()
      else this.#refusedBatch = true
      return
    }
    if (protocol === 'simple') state.batch++
    else {
      state.batchOpen = true
      this.#failingBatch = true
    }
    const entry = reply(protocol === 'simple' ? 'query' : 'parse', state.batch)
    entry.refusal = refusal.fields
    entry.run = run
    state.replies.push(entry)
    const poison = protocol === 'simple' ? poisonQuery : poisonParse
    state.toTarget.add(poison, 0, poison.length)
  }
}
