/** COPY … FROM STDIN: what the client sends goes to the target as it is, and on record masked. From client-leg.ts. */
import { frontendTypes, typeName } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import { CopyInRecord } from '../masking/client-record.ts'
import { copyFormat } from '../masking/copy-format.ts'
import { TouchCounts } from '../masking/touch-counts.ts'
import { recordFlags } from '../recorder/session-recorder.ts'
import type { ClientWait } from './client-wait.ts'
import { reply } from './replies.ts'
import type { SessionState } from './session-state.ts'
import { isBarrier } from './statement-forms.ts'

const { copyData } = frontendTypes
const plainText = copyFormat(undefined, false)

export class CopyFromClient {
  readonly #state: SessionState
  readonly #wait: ClientWait
  /** COPY data that no COPY asked for. */
  #stray: CopyInRecord | undefined

  constructor(state: SessionState, wait: ClientWait) {
    this.#state = state
    this.#wait = wait
  }

  frame(bytes: Buffer, start: number, end: number): void {
    const copy = this.#record().apply(bytes, start + 5, end)
    const { recorder, toTarget } = this.#state
    if (copy === undefined) recorder.frame(recordFlags.fromClient, copyData, bytes, start, end)
    else {
      const whole = Buffer.concat([bytes.subarray(start, start + 5), copy])
      recorder.frame(recordFlags.masked, copyData, whole, 0, whole.length)
    }
    toTarget.add(bytes, start, end)
  }

  part(
    bytes: Buffer,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void {
    const { recorder, toTarget } = this.#state
    const header = first ? 5 : 0
    const copy = this.#record().apply(bytes, start + header, end)
    const recorded =
      copy === undefined
        ? bytes.subarray(start, end)
        : Buffer.concat([bytes.subarray(start, start + header), copy])
    const flags = copy === undefined ? recordFlags.fromClient : recordFlags.masked
    recorder.part(flags, copyData, recorded, 0, recorded.length, first, last, totalLength)
    toTarget.add(bytes, start, end)
  }

  /** CopyDone or CopyFail. */
  end(type: number, bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const copying = state.copyIn === undefined ? undefined : state.replies.first
    state.replies.push(reply('copy_end', state.batch))
    state.copyIn = undefined
    state.passToTarget(type, bytes, start, end)
    // Its data had to pass; what comes now waits as behind any such statement.
    if (copying?.form === undefined || !isBarrier(state, copying.form)) return
    if (copying.kind === 'execute') this.#wait.drainExtended()
    else this.#wait.drain()
  }

  #record(): CopyInRecord {
    const { copyIn } = this.#state
    if (copyIn !== undefined) return copyIn
    // Sent before the target asked for it: which COPY it is for is not known yet.
    const maskAll = this.#state.snapshot.tagged.size > 0
    this.#stray ??= new CopyInRecord(
      this.#state.context.detection,
      [],
      plainText,
      maskAll,
      'copy.unknown',
      new TouchCounts(),
    )
    return this.#stray
  }
}

/** In a COPY the target takes only data: anything else would put its answers out of step with ours. */
export function requireNoCopy(state: SessionState, type: number): void {
  if (state.copyIn === undefined) return
  throw new GatetrailError(
    'PROTOCOL_VIOLATION',
    `a message of type ${typeName(type)} cannot be sent during COPY`,
  )
}
