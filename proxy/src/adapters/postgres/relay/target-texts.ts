/** What the target says besides rows: errors, notices, notifications, parameters. They may quote values. From target-leg.ts. */
import { maskWhole } from '@gatetrail/detect'
import { backendTypes } from '@gatetrail/protocols'
import type { Detection } from '../../../detection/detection.ts'
import { maskErrorText, maskFound, type ErrorText, type Revealed } from '../masking/error-text.ts'
import { nothingKnown } from '../masking/reach.ts'
import { revealsReach } from '../masking/reach-revealed.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { Reply } from './replies.ts'
import { formOfReply } from './result-columns.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

const types = backendTypes

/** What PostgreSQL reports of settings is of few words, but for these: anything can be put there. */
const freeTextParameters = new Set(['application_name', 'search_path'])

/** More statements than these of one transaction count as any. */
const reachingMax = 32

/** Statements that could show tagged data, as long as what they did may still be told of. */
class ReachingForms {
  readonly #forms = new Set<StatementForm>()

  add(form: StatementForm): void {
    if (this.#forms.size <= reachingMax) this.#forms.add(form)
  }

  clear(): void {
    this.#forms.clear()
  }

  get any(): boolean {
    return this.#forms.size > 0
  }

  every(isRevealed: (form: StatementForm) => boolean): boolean {
    return this.#forms.size <= reachingMax && [...this.#forms].every(isRevealed)
  }
}

/** Whether a text may quote tagged values, and whether the client may see those. */
type Quoting = { reaches: boolean; revealed: Revealed; known: ReadonlySet<string> }

export class TargetTexts {
  readonly #state: SessionState
  /** That were answered since the last ReadyForQuery. */
  readonly #ofBatch = new ReachingForms()
  /** That were answered in this transaction: constraints and triggers may wait for its end, and notifications do. */
  readonly #ofTransaction = new ReachingForms()

  constructor(state: SessionState) {
    this.#state = state
  }

  get #detection(): Detection {
    return this.#state.context.detection
  }

  /** A statement is answered. */
  answered(form: StatementForm | undefined): void {
    if (form === undefined || !this.#reaches(form)) return
    this.#ofBatch.add(form)
    this.#ofTransaction.add(form)
  }

  /** ReadyForQuery; `idle`: outside of a transaction. */
  ready(idle: boolean): void {
    this.#ofBatch.clear()
    if (idle) this.#ofTransaction.clear()
  }

  /** Masks an error where it lies, and says what is known of it then. */
  maskError(entry: Reply | undefined, bytes: Buffer, start: number, end: number): ErrorText {
    const { reaches, revealed, known } = this.#quoting(formOfReply(entry))
    return maskErrorText(
      this.#detection,
      bytes,
      start,
      end,
      reaches,
      entry?.run?.touches,
      revealed,
      known,
    )
  }

  notice(bytes: Buffer, start: number, end: number): void {
    const entry = this.#state.replies.first
    const { reaches, revealed, known } = this.#quoting(formOfReply(entry))
    const { touches } = entry?.run ?? {}
    const { shown } = maskErrorText(
      this.#detection,
      bytes,
      start,
      end,
      reaches,
      touches,
      revealed,
      known,
    )
    this.pass(types.notice, shown, bytes, start, end, entry?.run)
  }

  /** Channel and payload; a statement that reads tagged data can send it to itself. */
  notification(bytes: Buffer, start: number, end: number): void {
    const channelEnd = bytes.indexOf(0, start + 9)
    const { reaches, revealed } = this.#quotingOf(this.#ofTransaction)
    if (reaches && channelEnd !== -1 && channelEnd < end - 1) {
      this.#passWhole(types.notification, channelEnd + 1, bytes, start, end, revealed)
      return
    }
    const shown = maskFound(this.#detection, bytes, start, end, start + 9, revealed)
    this.pass(types.notification, shown, bytes, start, end, undefined)
  }

  parameterStatus(bytes: Buffer, start: number, end: number): void {
    const nameEnd = bytes.indexOf(0, start + 5)
    const { reaches, revealed } = this.#quotingOf(this.#ofBatch)
    if (nameEnd !== -1 && nameEnd < end - 1) {
      const name = bytes.toString('latin1', start + 5, nameEnd)
      this.#state.parameterChanged(name, bytes.toString('latin1', nameEnd + 1, end - 1))
      if (freeTextParameters.has(name) && reaches) {
        this.#passWhole(types.parameterStatus, nameEnd + 1, bytes, start, end, revealed)
        return
      }
    }
    const shown = maskFound(this.#detection, bytes, start, end, start + 5, revealed)
    this.pass(types.parameterStatus, shown, bytes, start, end, undefined)
  }

  /** To the client as it is shown, on record as it lies here. */
  pass(
    type: number,
    shown: Buffer | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    run: StatementRun | undefined,
  ): void {
    const state = this.#state
    if (shown === undefined) state.passToClient(type, bytes, start, end, run)
    else {
      const recorded = bytes.subarray(start, end)
      state.passPartToClient(type, shown, recorded, true, true, end - start, run)
    }
  }

  /** A text that may be a tagged value, from `from` to the 0 at its end. */
  #passWhole(
    type: number,
    from: number,
    bytes: Buffer,
    start: number,
    end: number,
    revealed: Revealed,
  ): void {
    let shown: Buffer | undefined
    if (revealed.tags) {
      const copy = Buffer.from(bytes.subarray(start, end))
      shown = maskFound(this.#detection, copy, 0, copy.length, from - start, revealed) ?? copy
    }
    maskWhole(bytes, from, end - 1)
    this.pass(type, shown, bytes, start, end, undefined)
  }

  /** Whether messages of this statement may quote tagged values. */
  #quoting(form: StatementForm | undefined): Quoting {
    // What waited for the end of a transaction speaks of all that was done in it.
    if (form === undefined || endsWaiting(form)) return this.#quotingOf(this.#ofTransaction, form)
    const reaches = this.#reaches(form)
    return this.#quotingAs(reaches, !reaches || this.#isRevealed(form), form)
  }

  /** Of what was answered in there, or is being answered now. */
  #quotingOf(forms: ReachingForms, form = this.#state.replies.first?.form): Quoting {
    const current = form !== undefined && this.#reaches(form) ? form : undefined
    const reaches = forms.any || current !== undefined
    const tags =
      forms.every((each) => this.#isRevealed(each)) &&
      (current === undefined || this.#isRevealed(current))
    return this.#quotingAs(reaches, !reaches || tags, form)
  }

  #quotingAs(reaches: boolean, tags: boolean, form: StatementForm | undefined): Quoting {
    const { policies } = this.#state.context
    const { names, columns } = form?.reach(this.#state.snapshot).known ?? nothingKnown
    const known = columns.every(({ place, dataClass }) => policies.reveal(dataClass, place))
    return {
      reaches,
      known: names,
      revealed: { tags, known, entity: (entity) => policies.reveal(entity, undefined) },
    }
  }

  #reaches(form: StatementForm): boolean {
    return form.reach(this.#state.snapshot).reaches
  }

  #isRevealed({ description }: StatementForm): boolean {
    const { snapshot, context } = this.#state
    return revealsReach(description, snapshot, (dataClass, column) =>
      context.policies.reveal(dataClass, column),
    )
  }
}

/** Constraints and triggers that are deferred run there. */
function endsWaiting({ endsTransaction, description }: StatementForm): boolean {
  return endsTransaction || description.facts.kinds.includes('set_constraints')
}
