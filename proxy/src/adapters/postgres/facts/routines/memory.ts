/**
 * Keeps answers per environment, and bounds how deep and wide bodies may call each other. Used by all files of this folder.
 * Everything is synchronous: one text is described at a time.
 */
import type { SqlEnvironment } from '../environment.ts'
import {
  anythingHidden,
  HiddenGatherer,
  type BodyFacts,
  type DescribeBody,
  type HiddenFacts,
} from './hidden-facts.ts'
import type { OutputColumn } from '../lineage.ts'
import { changesSession } from '../settings.ts'

/** Bodies within bodies; deeper ones count as unknown. */
const depthMax = 12
/** Bodies described for one answer. */
const bodiesMax = 400
const entriesMax = 20_000

export type DescribedBody = HiddenFacts & {
  /** Of the rows of its last statement; undefined: can't be told, or it has none. */
  readonly outputs: readonly OutputColumn[] | undefined
}

const unknownBody: DescribedBody = { ...anythingHidden, outputs: undefined }

export class Bodies {
  readonly #describe: DescribeBody
  #depth = 0
  #described = 0
  /** A bound was met since the outermost body began: what is inside of it is known worse than it could be. */
  #cut = false
  /** What is computed now leaves something out that it itself is needed for. */
  #provisional = 0

  constructor(describe: DescribeBody) {
    this.#describe = describe
  }

  /** Whether an answer made now is as good as one made later. */
  get keepable(): boolean {
    return this.#provisional === 0 && (this.#depth === 0 || !this.#cut)
  }

  /** Runs a step whose inner answers are good for it alone. */
  provisionally<Result>(step: () => Result): Result {
    this.#provisional++
    try {
      return step()
    } finally {
      this.#provisional--
    }
  }

  /** `expressions`: separated by commas; `from`: what they may name. */
  describeExpressions(expressions: string, environment: SqlEnvironment, from = ''): DescribedBody {
    const body = this.describe(`SELECT ${expressions}${from}`, environment)
    // That it is a SELECT is our doing.
    if (body.reads.length > 0 || body.reach.unknown) return body
    return {
      ...body,
      kinds: body.kinds.filter((kind) => kind !== 'select'),
      effects: body.effects.filter((effect) => effect !== 'read'),
    }
  }

  describe(text: string, environment: SqlEnvironment, rowsOf?: string): DescribedBody {
    if (this.#depth >= depthMax || this.#described >= bodiesMax) {
      this.#cut = true
      return unknownBody
    }
    this.#depth++
    this.#described++
    try {
      return fromBody(this.#describe(text, environment, rowsOf))
    } finally {
      this.#depth--
      if (this.#depth === 0) {
        this.#described = 0
        this.#cut = false
      }
    }
  }
}

/** What a body does, without what only says that it is a SELECT. */
function fromBody(body: BodyFacts): DescribedBody {
  const { facts, parts, reach, settings, setsReadOnlyOff } = body
  const computes = facts.reads.length === 0 && facts.effects.every((effect) => effect === 'read')
  return {
    functions: facts.functions,
    kinds: facts.kinds.filter((kind) => !(computes && kind === 'select') && kind !== 'empty'),
    effects: computes ? [] : facts.effects,
    reads: facts.reads,
    writes: facts.writes,
    columns: facts.columns,
    filters: facts.filters,
    // What a body sets, nobody could follow.
    complete: facts.complete && !settings.some(changesSession),
    reach,
    setsReadOnlyOff,
    outputs: parts.at(-1)?.columns,
  }
}

/** One kind of answer, by key, for as long as the environment lives. What needs itself gets `circular`. */
export class Memory<Value> {
  readonly #known = new WeakMap<SqlEnvironment, Map<string, Value>>()
  readonly #underWay = new WeakMap<SqlEnvironment, Set<string>>()
  readonly #bodies: Bodies
  readonly #circular: Value

  constructor(bodies: Bodies, circular: Value) {
    this.#bodies = bodies
    this.#circular = circular
  }

  of(environment: SqlEnvironment, key: string, compute: () => Value): Value {
    let known = this.#known.get(environment)
    if (known === undefined) this.#known.set(environment, (known = new Map()))
    const value = known.get(key)
    if (value !== undefined) return value
    let underWay = this.#underWay.get(environment)
    if (underWay === undefined) this.#underWay.set(environment, (underWay = new Set()))
    if (underWay.has(key)) return this.#circular
    underWay.add(key)
    try {
      const computed = compute()
      if (known.size >= entriesMax) known.clear()
      if (this.#bodies.keepable) known.set(key, computed)
      return computed
    } finally {
      underWay.delete(key)
    }
  }
}

/** One from several; the same object where there is only one. */
export function joined(all: readonly HiddenFacts[]): HiddenFacts {
  const [first, ...others] = all
  const gatherer = new HiddenGatherer()
  if (first !== undefined && others.length === 0) return first
  for (const hidden of all) gatherer.add(hidden)
  return gatherer.facts()
}
