/**
 * The values in a frame of PostgreSQL, each by itself: what stands between them (lengths, counts, letters) must not be read as a
 * part of one. For find-in-session.ts. Pure.
 */
import {
  backendTypes,
  BindMessage,
  eachErrorField,
  frameHeaderBytes,
  frontendTypes,
  queryTextEnd,
  readInt32,
  readParse,
  readRowDescription,
  readUint16,
} from '@gatetrail/protocols'
import { isGatetrailError } from '@gatetrail/schemas'

/** `column`: of a row; its name decides too. */
export type VisitValue = (start: number, end: number, place: string, column?: string) => void

const bind = new BindMessage()

/** What a session's frames say of later ones. One per session. */
export class FrameValues {
  /** Of the last RowDescription: prepared statements that are run again have none. */
  #columns: readonly string[] = []

  /** `start` and `end`: the whole frame, header included. A frame that cannot be read is one text. */
  each(
    direction: 'to_client' | 'to_target',
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    visit: VisitValue,
  ): void {
    try {
      if (direction === 'to_client') this.#fromTarget(type, bytes, start, end, visit)
      else fromClient(type, bytes, start, end, visit)
    } catch (error) {
      if (!isGatetrailError(error)) throw error
      visit(start + frameHeaderBytes, end, direction === 'to_client' ? 'result' : 'statement')
    }
  }

  #fromTarget(
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    visit: VisitValue,
  ): void {
    switch (type) {
      case backendTypes.rowDescription:
        this.#columns = readRowDescription(bytes, start, end).map(({ name }) => name)
        return
      case backendTypes.dataRow:
        this.#row(bytes, start, end, visit)
        return
      case backendTypes.copyData:
        visit(start + frameHeaderBytes, end, 'copy')
        return
      case backendTypes.error:
      case backendTypes.notice:
        eachErrorField(bytes, start, end, (_letter, from, to) => visit(from, to, 'result.error'))
        return
      case backendTypes.notification:
      case backendTypes.functionCallResponse:
        visit(start + frameHeaderBytes + 4, end, 'result')
        return
      default: // Nothing of a target's data is in the others.
    }
  }

  #row(bytes: Uint8Array, start: number, end: number, visit: VisitValue): void {
    let at = start + frameHeaderBytes
    const count = readUint16(bytes, at)
    const columns = this.#columns.length === count ? this.#columns : undefined
    at += 2
    for (let index = 0; index < count && at + 4 <= end; index++) {
      const length = readInt32(bytes, at)
      at += 4
      if (length <= 0) continue
      const valueEnd = Math.min(end, at + length)
      const name = columns?.[index]
      visit(at, valueEnd, name === undefined ? 'result' : `result.${name}`, name)
      at = valueEnd
    }
  }
}

function fromClient(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: VisitValue,
): void {
  switch (type) {
    case frontendTypes.query:
      visit(start + frameHeaderBytes, queryTextEnd(bytes, start, end), 'statement')
      return
    case frontendTypes.parse: {
      const { textStart, textEnd } = readParse(bytes, start, end)
      visit(textStart, textEnd, 'statement')
      return
    }
    case frontendTypes.bind:
      bind.read(bytes, start, end)
      for (let index = 0; index < bind.parameterCount; index++) {
        const from = bind.ranges[2 * index]!
        if (from !== -1) visit(from, bind.ranges[2 * index + 1]!, `parameter.$${index + 1}`)
      }
      return
    case frontendTypes.copyData:
      visit(start + frameHeaderBytes, end, 'copy')
      return
    case frontendTypes.functionCall:
      visit(start + frameHeaderBytes, end, 'statement')
      return
    default: // Nothing of a client's data is in the others.
  }
}
