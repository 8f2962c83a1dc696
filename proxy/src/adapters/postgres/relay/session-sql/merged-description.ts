/**
 * Descriptions that depend on more than a text: of EXECUTE with the prepared statement, of FETCH with its cursor; and of a
 * statement whose name may mean another one by now. Kept, so that each is one object with one id. Pure.
 */
import {
  nextDescriptionId,
  type OutputColumn,
  type StatementDescription,
  type StatementReach,
} from '../../facts/index.ts'

/** What a name stands for: the text that gave it, and the part of it that the name means. */
export type NamedStatement = {
  readonly description: StatementDescription
  /** Of its rows. */
  readonly columns: readonly OutputColumn[] | undefined
}

/** Whether it runs a prepared statement or reads a cursor, by name. */
export function refersToNames({ parts }: StatementDescription): boolean {
  for (const { prepared, cursor } of parts) {
    if (prepared?.action === 'execute' || cursor?.action === 'fetch') return true
  }
  return false
}

const merged = new WeakMap<
  StatementDescription,
  WeakMap<StatementDescription, StatementDescription>
>()
const doubted = new WeakMap<StatementDescription, StatementDescription>()
const unknown = new WeakMap<StatementDescription, StatementDescription>()

/** `targets`: by part of `outer`, what its name stands for. */
export function mergedWith(
  outer: StatementDescription,
  targets: readonly (NamedStatement | undefined)[],
): StatementDescription {
  const [only, ...more] = targets.filter((target) => target !== undefined)
  // Of a text with several statements the description is not enough to tell which of them is meant.
  const plain =
    only !== undefined &&
    more.length === 0 &&
    only.description.parts.length === 1 &&
    only.description !== outer
  if (!plain) return merge(outer, targets)
  let byInner = merged.get(outer)
  if (byInner === undefined) {
    byInner = new WeakMap()
    merged.set(outer, byInner)
  }
  let description = byInner.get(only.description)
  if (description === undefined) {
    description = merge(outer, targets)
    byInner.set(only.description, description)
  }
  return description
}

/** EXECUTE or FETCH of a name that nothing is known of. */
export function ofUnknownName(outer: StatementDescription): StatementDescription {
  return keptIn(unknown, outer, incomplete)
}

/** Code ran since that may have given its name to another statement. */
export function doubtedOf(description: StatementDescription): StatementDescription {
  return keptIn(doubted, description, incomplete)
}

const converted = new WeakMap<StatementDescription, Map<string, StatementDescription>>()
const setsOfTypesMax = 64

/** With what the types of its parameters do, each described as a SELECT of a cast. */
export function withConversions(
  outer: StatementDescription,
  conversions: readonly StatementDescription[],
): StatementDescription {
  const doing = conversions.filter(doesMore)
  if (doing.length === 0) return outer
  const key = doing.map(({ id }) => id).join()
  const known = converted.get(outer) ?? new Map<string, StatementDescription>()
  let description = known.get(key)
  if (description === undefined) {
    description = converting(outer, doing)
    if (known.size < setsOfTypesMax) known.set(key, description)
    converted.set(outer, known)
  }
  return description
}

function converting(
  outer: StatementDescription,
  conversions: readonly StatementDescription[],
): StatementDescription {
  const targets = conversions.map((description) => ({ description, columns: undefined }))
  const { facts, reach, completeButNames, relations, setsReadOnlyOff } = merge(outer, targets)
  const known = conversions.every((conversion) => conversion.facts.complete)
  const reads = outer.facts.effects.includes('read') || facts.reads.length > 0
  return {
    ...outer,
    id: nextDescriptionId(),
    reach,
    relations,
    setsReadOnlyOff,
    completeButNames: completeButNames && known,
    facts: {
      ...facts,
      kinds: outer.facts.kinds,
      effects: facts.effects.filter((effect) => effect !== 'read' || reads),
      complete: outer.facts.complete && known,
    },
  }
}

/** More than to make a value. */
function doesMore({ facts, reach }: StatementDescription): boolean {
  const { complete, effects, reads, writes, functions } = facts
  const quiet = complete && !reach.unknown && effects.every((effect) => effect === 'read')
  return !quiet || reads.length > 0 || writes.length > 0 || functions.length > 0
}

function keptIn(
  kept: WeakMap<StatementDescription, StatementDescription>,
  description: StatementDescription,
  make: (description: StatementDescription) => StatementDescription,
): StatementDescription {
  let made = kept.get(description)
  if (made === undefined) {
    made = make(description)
    kept.set(description, made)
  }
  return made
}

function incomplete(description: StatementDescription): StatementDescription {
  const { facts, reach } = description
  return {
    ...description,
    id: nextDescriptionId(),
    facts: { ...facts, complete: false },
    completeButNames: false,
    reach: { ...reach, unknown: true },
    parts: description.parts.map(({ columns: _columns, ...part }) => part),
  }
}

function merge(
  outer: StatementDescription,
  targets: readonly (NamedStatement | undefined)[],
): StatementDescription {
  // What the text itself gave the name is in its facts already.
  const inner = targets.flatMap((target) =>
    target === undefined || target.description === outer ? [] : [target.description],
  )
  const all = [outer, ...inner]
  const { facts } = outer
  const union = (key: 'reads' | 'writes' | 'columns' | 'filters' | 'functions'): string[] =>
    sorted(all.flatMap((description) => description.facts[key]))
  // Its arguments may bring values of their own into what the statement shows.
  const plainArguments = facts.functions.length === 0 || !outer.reach.unknown
  return {
    ...outer,
    id: nextDescriptionId(),
    facts: {
      kinds: sorted(all.flatMap((description) => description.facts.kinds)).filter(
        (kind) => !naming.has(kind) || facts.kinds.includes(kind),
      ),
      effects: sorted(all.flatMap((description) => description.facts.effects)),
      reads: union('reads'),
      writes: union('writes'),
      columns: union('columns'),
      filters: union('filters'),
      functions: union('functions'),
      complete: outer.completeButNames && inner.every((description) => description.facts.complete),
    },
    reach: mergedReach(outer.reach, inner, !plainArguments),
    parts: outer.parts.map((part, index) => {
      const target = targets[index]
      if (target === undefined) return part
      const { columns: _columns, ...rest } = part
      return plainArguments && target.columns !== undefined
        ? { ...rest, columns: target.columns }
        : rest
    }),
    relations: sorted(all.flatMap(({ relations }) => relations)),
    setsReadOnlyOff: all.some(({ setsReadOnlyOff }) => setsReadOnlyOff),
  }
}

/** What gave the name is not what runs by it. */
const naming = new Set(['prepare', 'declare_cursor'])

function mergedReach(
  outer: StatementReach,
  inner: readonly StatementDescription[],
  unknownArguments: boolean,
): StatementReach {
  const all = [outer, ...inner.map(({ reach }) => reach)]
  return {
    tags: all.flatMap(({ tags }) => tags),
    unknown: unknownArguments || inner.some(({ reach }) => reach.unknown),
    filterTags: all.flatMap(({ filterTags }) => filterTags),
    writtenTags: all.flatMap(({ writtenTags }) => writtenTags),
    fills: all.flatMap(({ fills }) => fills),
    stores: all.flatMap(({ stores }) => stores),
    creates: all.flatMap(({ creates }) => creates),
  }
}

function sorted<Value extends string>(values: readonly Value[]): Value[] {
  return [...new Set(values)].sort()
}
