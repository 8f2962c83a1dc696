/** What the target says besides rows: errors, notices, notifications, parameters. They may quote values. From target-leg.ts. */
import { findSpans, maskSpan, maskWhole } from '@gatetrail/detect'
import { backendTypes } from '@gatetrail/protocols'
import { maskErrorText, type ErrorText } from '../masking/error-text.ts'
import type { Reply } from './replies.ts'
import { formOfReply } from './result-columns.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

const types = backendTypes

/** What PostgreSQL reports of settings is of few words, but for these: anything can be put there. */
const freeTextParameters = new Set(['application_name', 'search_path'])

export class TargetTexts {
  readonly #state: SessionState
  /** A statement that could show tagged data was answered since the last ReadyForQuery. */
  #reached = false

  constructor(state: SessionState) {
    this.#state = state
  }

  /** A statement is answered. */
  answered(form: StatementForm | undefined): void {
    this.#reached ||= this.#reaches(form)
  }

  /** ReadyForQuery. */
  ready(): void {
    this.#reached = false
  }

  /** Masks an error where it lies, and says what is known of it then. */
  maskError(entry: Reply | undefined, bytes: Buffer, start: number, end: number): ErrorText {
    const quotes = this.#quotes(formOfReply(entry))
    return maskErrorText(bytes, start, end, quotes, entry?.run?.touches)
  }

  notice(bytes: Buffer, start: number, end: number): void {
    const entry = this.#state.replies.first
    maskErrorText(bytes, start, end, this.#quotes(entry?.form), entry?.run?.touches)
    this.#state.passToClient(types.notice, bytes, start, end, entry?.run)
  }

  /** Channel and payload; a statement that reads tagged data can send it to itself. */
  notification(bytes: Buffer, start: number, end: number): void {
    const channelEnd = bytes.indexOf(0, start + 9)
    if (this.#batchReaches() && channelEnd !== -1 && channelEnd < end - 1) {
      maskWhole(bytes, channelEnd + 1, end - 1)
    } else maskFindings(bytes, start + 9, end)
    this.#state.passToClient(types.notification, bytes, start, end, undefined)
  }

  parameterStatus(bytes: Buffer, start: number, end: number): void {
    const nameEnd = bytes.indexOf(0, start + 5)
    if (nameEnd !== -1 && nameEnd < end - 1) {
      const name = bytes.toString('latin1', start + 5, nameEnd)
      this.#state.parameterChanged(name, bytes.toString('latin1', nameEnd + 1, end - 1))
      if (freeTextParameters.has(name) && this.#batchReaches()) {
        maskWhole(bytes, nameEnd + 1, end - 1)
      }
    }
    maskFindings(bytes, start + 5, end)
    this.#state.passToClient(types.parameterStatus, bytes, start, end, undefined)
  }

  /** Whether messages of this statement may quote tagged values. Outside of any statement: not. */
  #quotes(form: StatementForm | undefined): boolean {
    if (form === undefined) return false
    return form.reach(this.#state.snapshot).reaches
  }

  /** Whether a statement that was answered since the last ReadyForQuery, or is being answered, could show tagged data. */
  #batchReaches(): boolean {
    return this.#reached || this.#reaches(this.#state.replies.first?.form)
  }

  #reaches(form: StatementForm | undefined): boolean {
    return form !== undefined && form.reach(this.#state.snapshot).reaches
  }
}

function maskFindings(bytes: Buffer, start: number, end: number): void {
  for (const span of findSpans(bytes, start, end)) maskSpan(bytes, span)
}
