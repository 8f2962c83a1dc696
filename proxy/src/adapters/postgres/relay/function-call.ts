/**
 * FunctionCall: decided like a SELECT of that function, its arguments masked on record, its result masked like a column. From
 * client-leg.ts and, with the result, target-leg.ts. PostgreSQL documentation, "Function Call".
 */
import { backendTypes, frontendTypes, readFunctionCall, readInt32 } from '@gatetrail/protocols'
import { functionNameByOid } from '../facts/catalogue.ts'
import type { StatementDescription } from '../facts/index.ts'
import { scratchCopy } from '../masking/client-record.ts'
import { maskRanges, RowMask } from '../masking/row-mask.ts'
import { recordFlags } from '../recorder/session-recorder.ts'
import type { ClientRefusals } from './client-refusals.ts'
import type { ClientWait } from './client-wait.ts'
import { requireNoCopy } from './copy-from-client.ts'
import { recordDecision, refusalOf } from './judge.ts'
import { uninspectable } from './refusals.ts'
import { reply } from './replies.ts'
import { planOf } from './result-columns.ts'
import { refusalToStore } from './session-rules.ts'
import { outOfStep, type SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'
import { isBarrier, noteSent } from './statement-forms.ts'

const type = frontendTypes.functionCall
const answerType = backendTypes.functionCallResponse
const textOid = 25

type CalledFunction = { schema: string; name: string; returnType: number }

export class FunctionCall {
  readonly #state: SessionState
  readonly #refusals: ClientRefusals
  readonly #wait: ClientWait

  constructor(state: SessionState, refusals: ClientRefusals, wait: ClientWait) {
    this.#state = state
    this.#refusals = refusals
    this.#wait = wait
  }

  run(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, type)
    const call = readFunctionCall(bytes, start, end)
    const called = calledFunction(state, call.oid)
    if (called === undefined) {
      state.recorder.withheld(recordFlags.fromClient, type, end - start)
      const why = `the function with OID ${call.oid} is not known`
      return this.#refusals.refuseUndescribed(type, uninspectable(why, 'Call it with SELECT.'))
    }
    const form = formOfCall(state, called, call.oid, call.argumentCount)
    if (this.#wait.needsCatalogue(form))
      return this.#wait.deferForCatalogue(type, bytes, start, end)
    const decision = state.context.policies.decide(form.description)
    const refusal = refusalOf(state, form, decision) ?? refusalToStore(state, form.description)
    this.#record(bytes, start, end, call.argumentsStart, call.argumentsEnd)
    const run = recordDecision(state, form, decision, 'function_call', refusal, undefined)
    form.addStaticTouches(form.reach(state.snapshot), run.touches)
    if (refusal !== undefined) return this.#refusals.refuse('simple', refusal, run)
    noteSent(state, form, 'at once')
    state.batch++
    state.batchOpen = false
    const entry = reply('query', state.batch)
    entry.run = run
    entry.form = form
    entry.isCall = true
    entry.columns = [
      {
        name: called.name,
        tableOid: 0,
        attribute: 0,
        typeOid: called.returnType,
        format: call.resultFormat,
      },
    ]
    state.replies.push(entry)
    state.toTarget.add(bytes, start, end)
    if (isBarrier(state, form)) this.#wait.drain()
  }

  /** What a function is called with may be anything: all of it is masked. */
  #record(bytes: Buffer, start: number, end: number, from: number, to: number): void {
    if (from === to) {
      this.#state.recordFromClient(type, bytes, start, end, undefined)
      return
    }
    const copy = scratchCopy(bytes, start, end)
    for (let at = from - start; at < to - start;) {
      const length = Math.max(0, readInt32(copy, at))
      copy.fill(0x2a, at + 4, at + 4 + length)
      at += 4 + length
    }
    this.#state.recordFromClient(type, bytes, start, end, copy)
  }
}

function calledFunction({ sql }: SessionState, oid: number): CalledFunction | undefined {
  const routine = sql.environment.model.routinesByOid.get(oid)
  if (routine !== undefined) return routine
  const name = functionNameByOid(oid)
  return name === undefined ? undefined : { schema: 'pg_catalog', name, returnType: textOid }
}

/** Of the call itself: a SELECT of the same function is another statement, which says so. */
const calls = new WeakMap<StatementDescription, StatementDescription>()

function formOfCall(
  state: SessionState,
  { schema, name }: CalledFunction,
  oid: number,
  argumentCount: number,
): StatementForm {
  const parameters = Array.from({ length: argumentCount }, (_, index) => `$${index + 1}`)
  const select = `select ${quoted(schema)}.${quoted(name)}(${parameters.join(', ')})`
  const selected = state.context.facts.describe(select, state.sql.environment)
  let description = calls.get(selected)
  if (description === undefined) {
    // Its text has a number that stands for nothing else.
    description = { ...selected, literalSensitive: true }
    calls.set(selected, description)
  }
  const text = Buffer.from(`function ${oid} (${schema}.${name})`)
  return state.forms.of(description, description, text, 0, text.length)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** FunctionCallResponse: masked as the only value of a row would be. */
export function passCallResult(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const entry = state.replies.expect('query')
  const valueAt = start + 5
  if (!entry.isCall || entry.form === undefined || entry.run === undefined)
    throw outOfStep(answerType)
  if (end - start < 9 || valueAt + 4 + Math.max(0, readInt32(bytes, valueAt)) !== end) {
    throw outOfStep(answerType)
  }
  const row = Buffer.allocUnsafe(end - start + 2)
  row[0] = backendTypes.dataRow
  row.writeUInt32BE(row.length - 1, 1)
  row.writeUInt16BE(1, 5)
  bytes.copy(row, 7, valueAt, end)
  const { run } = entry
  const plan = planOf(state, entry)
  const mask = new RowMask(state.coverage)
  const rowEnd = mask.apply(plan, run.touches, row, 0, row.length)
  const answer = answerOf(row, rowEnd)
  if (mask.recordRanges.length === 0) {
    state.recorder.frame(recordFlags.toClient, answerType, answer, 0, answer.length)
  } else {
    const copy = Buffer.from(row.subarray(0, rowEnd))
    maskRanges(plan, copy, mask.recordRanges, 0)
    const recorded = answerOf(copy, rowEnd)
    const flags = recordFlags.toClient | recordFlags.masked
    state.recorder.frame(flags, answerType, recorded, 0, recorded.length)
  }
  entry.plan = undefined
  run.rows++
  run.command = 'FUNCTION CALL'
  state.countToClient(run, answer.length)
  state.toClient.add(answer, 0, answer.length)
  state.sql.completed(entry.form.description, undefined, '')
}

/** The value of the row as a FunctionCallResponse. */
function answerOf(row: Buffer, end: number): Buffer {
  const answer = Buffer.allocUnsafe(end - 2)
  answer[0] = answerType
  answer.writeUInt32BE(answer.length - 1, 1)
  row.copy(answer, 5, 7, end)
  return answer
}
