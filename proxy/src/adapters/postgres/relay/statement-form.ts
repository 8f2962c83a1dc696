/**
 * All that a session keeps of one distinct statement, so that a repetition costs as little as can be: what it may reach,
 * how it was decided, and what its result looked like. From the description (facts/); one per session and description.
 */
import { createHmac } from 'node:crypto'
import type { ColumnDescription } from '@gatetrail/protocols'
import type { TouchOutcome } from '@gatetrail/schemas'
import type { Detection } from '../../../detection/detection.ts'
import type { TouchCounts } from '../masking/touch-counts.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { CopyDescription, StatementDescription } from '../facts/index.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import { makeTemplate, template } from '../facts/template.ts'
import { eachLiteral, eachPossibleLiteral, type LiteralFinder } from '../masking/sql-literals.ts'
import { maskSpan, maskWhole } from '@gatetrail/detect'
import type { Ballot } from '../masking/ballot.ts'
import type { ColumnKnowledge } from '../masking/column-knowledge.ts'
import { bareName, tagReachOf, type TagReach } from '../masking/reach.ts'
import type { RowPlan } from '../masking/row-plan.ts'
import { decidedJsonOpen, describedJson, type DecidedEvent } from '../recorder/event-json.ts'
import type { Decision } from './context.ts'
import { refersToNames } from './session-sql/merged-description.ts'
import { namingSettings, temporaryName } from './session-sql/definitions.ts'
import type { UnreadReason } from './unread-text.ts'

const settingsWithBarrier = new Set([
  'standard_conforming_strings',
  'client_encoding',
  'names',
  ...namingSettings,
])

export class StatementForm {
  readonly description: StatementDescription
  /** Without what its names stand for. */
  readonly raw: StatementDescription
  /** It runs a prepared statement or reads a cursor: what that is can change. */
  readonly refersToNames: boolean
  /** Keyed hash, base64url. */
  readonly hash: string
  /** As seen first, or its template with $n for numbers. Needed once. */
  #text: string
  /** Other texts share this description: each statement says its own. */
  readonly templated: boolean
  readonly unread: UnreadReason
  /** What the client sends with it is written, or else only compared. */
  readonly outcome: TouchOutcome
  /** Later statements may mean something else: nothing follows before it is answered. */
  readonly barrier: boolean
  /** Bare names of all relations whose columns its result may carry; undefined: its text doesn't tell. */
  readonly namedRelations: ReadonlySet<string> | undefined
  /** It gives or takes names of prepared statements or cursors. */
  readonly definesNames: boolean
  /** The text of a definition may name the temporary schema. */
  readonly namesTemporary: boolean
  /** It ends a transaction, or a part of one. */
  readonly endsTransaction: boolean
  described = false
  /** The last result's description, byte for byte, and its columns. */
  rowDescription: Buffer | undefined
  rowColumns: readonly ColumnDescription[] | undefined
  plan: CachedPlan | undefined
  /** What is to be found out of columns of its result that are no relation's: by number, name and type. */
  readonly ballots = new Map<string, Ballot>()
  #reach: TagReach | undefined
  /** The catalogue as it was then, and whether it had tagged columns: all that it depends on besides the statement. */
  #reachVersion = 0
  #reachTagged = false
  readonly #knowledge: ColumnKnowledge
  #decision: Decision | undefined
  #decisionKey = ''
  #decisionJson = ''

  constructor(
    description: StatementDescription,
    raw: StatementDescription,
    text: string,
    templated: boolean,
    unread: UnreadReason,
    key: Uint8Array,
    knowledge: ColumnKnowledge,
  ) {
    this.#knowledge = knowledge
    this.description = description
    this.raw = raw
    this.refersToNames = refersToNames(description)
    this.#text = text
    this.templated = templated
    this.unread = unread
    this.hash = hashOf(description, text, key)
    const { facts } = description
    this.outcome = facts.writes.length > 0 ? 'written' : 'filtered'
    const { parts } = description
    this.definesNames = parts.some(
      ({ prepared, cursor }) =>
        (prepared !== undefined && prepared.action !== 'execute') ||
        (cursor !== undefined && cursor.action !== 'fetch'),
    )
    this.namesTemporary = facts.effects.includes('schema') && temporaryName.test(text)
    this.endsTransaction = parts.some(
      ({ transaction }) => transaction !== undefined && transaction !== 'begin',
    )
    this.barrier =
      description.settings.some(({ name }) => settingsWithBarrier.has(name)) ||
      facts.kinds.includes('discard') ||
      this.definesNames ||
      !facts.complete ||
      facts.effects.includes('schema') ||
      description.reach.creates.length > 0
    this.namedRelations =
      facts.complete && !facts.kinds.some((kind) => kind === 'fetch' || kind === 'execute')
        ? new Set(description.relations.map(bareName))
        : undefined
  }

  reach(snapshot: Snapshot): TagReach {
    const { version } = snapshot.model
    const tagged = snapshot.tagged.size > 0
    const isCurrent = this.#reachVersion === version && this.#reachTagged === tagged
    if (this.#reach === undefined || !isCurrent) {
      this.#reach = tagReachOf(this.description, snapshot, this.#knowledge)
      this.#reachVersion = version
      this.#reachTagged = tagged
    }
    return this.#reach
  }

  /** What finds the constants that are masked in the record of its text; undefined: they stay. */
  literalsOf({ constants }: TagReach): LiteralFinder | undefined {
    if (!constants) return undefined
    return this.unread === undefined ? eachLiteral : eachPossibleLiteral
  }

  /** Its COPYs in this direction, in order. */
  copies(direction: 'in' | 'out'): CopyDescription[] {
    return this.description.parts.flatMap(({ copy }) =>
      copy !== undefined && copy.direction === direction && !copy.toProgramOrFile ? [copy] : [],
    )
  }

  /** The event for a decision, without its text: made once as long as the decision stands. */
  decidedJson(decision: Decision, event: DecidedEvent): string {
    const key = `${event.path} ${event.policySet} ${event.code ?? ''}`
    if (this.#decision !== decision || this.#decisionKey !== key) {
      this.#decision = decision
      this.#decisionKey = key
      this.#decisionJson = decidedJsonOpen(event)
    }
    return this.#decisionJson
  }

  /** The cached event if nothing changed, else undefined. The hot path. */
  decidedJsonCached(decision: Decision, path: string, policySet: string): string | undefined {
    return this.#decision === decision && this.#decisionKey === `${path} ${policySet} `
      ? this.#decisionJson
      : undefined
  }

  describedJson(literals: LiteralFinder | undefined, detection: Detection): string {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    const textBytes = bytes.length
    for (const span of detection.find(bytes, 0, bytes.length)) maskSpan(bytes, span)
    literals?.(bytes, 0, bytes.length, (start, end) => maskWhole(bytes, start, end))
    const text = bytes.toString('utf8', 0, bytes.length)
    return describedJson(this.hash, text, textBytes, this.description.facts)
  }

  /** Columns that a statement of this form touches, beyond what its rows show. */
  addStaticTouches(reach: TagReach, touches: TouchCounts): void {
    for (const { place, dataClass } of reach.filtered) {
      touches.add(place, dataClass, 'filtered', 'certain', 1)
    }
    for (const { place, dataClass } of reach.written) {
      touches.add(place, dataClass, 'written', 'certain', 1)
    }
    for (const { place, dataClass } of reach.known.filtered) {
      touches.add(place, dataClass, 'filtered', 'likely', 1)
    }
    for (const { place, dataClass } of reach.known.written) {
      touches.add(place, dataClass, 'written', 'likely', 1)
    }
  }
}

export type CachedPlan = {
  columns: readonly ColumnDescription[]
  formats: readonly number[] | undefined
  lineage: readonly OutputColumn[] | undefined
  snapshot: Snapshot
  setHash: string
  plan: RowPlan
}

const hashes = new WeakMap<StatementDescription, string>()

function hashOf(description: StatementDescription, text: string, key: Uint8Array): string {
  const known = hashes.get(description)
  if (known !== undefined) return known
  // The same text may mean something else in another session, or later: then it is described anew.
  const meaning = `${text}\0${JSON.stringify(description.facts)}`
  const hash = createHmac('sha256', key).update(meaning).digest('base64url')
  hashes.set(description, hash)
  return hash
}

/** A text with $1, $2, … for its numbers, if it is of the kind that the facts cache keeps by template; else undefined. */
export function templateText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (!makeTemplate(bytes, start, end) || template.integers === 0) return undefined
  let text = ''
  let number = 0
  for (let at = 0; at < template.length; at++) {
    const byte = template.bytes[at]!
    text += byte === 0 ? `$${++number}` : String.fromCharCode(byte)
  }
  return text
}

/** More distinct statements than this, and the oldest form is made again when it comes back. */
const formsMax = 128
/** Longer texts hardly ever come twice. */
const formTextMax = 16 * 1024

export class StatementForms {
  readonly #forms = new Map<StatementDescription, StatementForm>()
  readonly #key: Uint8Array
  readonly #knowledge: ColumnKnowledge
  #last: StatementForm | undefined
  #plannedFor: Snapshot | undefined

  constructor(fingerprintKey: Uint8Array, knowledge: ColumnKnowledge) {
    this.#key = fingerprintKey
    this.#knowledge = knowledge
  }

  /** Plans of results are made for this catalogue from now on. Those for another are dropped: each would keep all of it in memory. */
  planFor(snapshot: Snapshot): void {
    if (this.#plannedFor === snapshot) return
    this.#plannedFor = snapshot
    for (const form of this.#forms.values()) form.plan = undefined
  }

  /** `raw`: of the text alone; `description`: with what its names stand for. */
  of(
    description: StatementDescription,
    raw: StatementDescription,
    bytes: Buffer,
    textStart: number,
    textEnd: number,
    unread?: UnreadReason,
  ): StatementForm {
    if (this.#last?.description === description) return this.#last
    let form = this.#forms.get(description)
    if (form === undefined) {
      const templated = description.literalSensitive
        ? undefined
        : templateText(bytes, textStart, textEnd)
      const text = templated ?? bytes.toString('utf8', textStart, textEnd)
      form = new StatementForm(
        description,
        raw,
        text,
        templated !== undefined,
        unread,
        this.#key,
        this.#knowledge,
      )
      if (text.length > formTextMax) return form
      if (this.#forms.size >= formsMax) this.#forms.delete(this.#forms.keys().next().value!)
      this.#forms.set(description, form)
    }
    this.#last = form
    return form
  }
}
