/**
 * What is known of columns that have no tag: by their name and type, and by a vote over values that were seen. Such a column
 * is masked as if it were tagged, at level `likely`. Results are masked by it; statements are not refused. One per process,
 * made by start-proxy.ts; asked by row-plan.ts, copy-plan.ts and reach.ts.
 */
import { classifyColumn } from '@gatetrail/detect'
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Detection } from '../../../detection/detection.ts'
import type { CatalogueModel, Relation } from '../catalogue/model.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import { Ballot, type ColumnGuess } from './ballot.ts'

type KnownRelation = {
  /** By attribute number: by name and type. */
  readonly named: ReadonlyMap<number, ColumnGuess>
  /** By attribute number: values that were seen, of columns whose name says nothing. */
  readonly ballots: Map<number, Ballot>
}

/** A column of a result, and what is known of where it comes from. */
export type ResultColumn = {
  readonly column: ColumnDescription
  /** Its lineage, if that fits the result. */
  readonly output: OutputColumn | undefined
  /** Of all columns of the result. */
  readonly names: readonly string[]
}

const firstUserOid = 16_384
/** Relations of PostgreSQL's own: drivers and psql live of their names. */
const systemSchemas = /^(?:pg_catalog|information_schema|pg_toast.*)$/
/** Domains over domains. */
const depthMax = 8
const noGuesses: readonly ColumnGuess[] = []

export class ColumnKnowledge {
  readonly detection: Detection
  /** Relations are never changed in place: when the catalogue says something else of one, what was known of it goes. */
  readonly #relations = new WeakMap<Relation, KnownRelation>()

  constructor(detection: Detection) {
    this.detection = detection
  }

  /** Of a column of a relation as the catalogue knows it. */
  ofColumn(
    relation: Relation | undefined,
    attribute: number,
    model: CatalogueModel,
  ): ColumnGuess | undefined {
    if (relation === undefined || !this.detection.columns) return undefined
    const known = this.#known(relation, model)
    return this.#wanted(known.named.get(attribute) ?? known.ballots.get(attribute)?.decided)
  }

  /** Of columns by their `schema.relation.column`, each once. */
  ofPlaces(places: readonly string[], model: CatalogueModel): ColumnGuess[] {
    const guesses = new Map<string, ColumnGuess>()
    for (const place of places) {
      const found = columnAt(place, model)
      const guess = found && this.ofColumn(found.relation, found.attribute, model)
      if (guess !== undefined) guesses.set(guess.tag.place, guess)
    }
    return [...guesses.values()]
  }

  /**
   * Of a column of a result: from its real column; else from those that it was computed from, or its own name. Empty: nothing
   * is known.
   */
  ofResult(result: ResultColumn, { model, relations }: Snapshot): readonly ColumnGuess[] {
    const { column, output, names } = result
    const { tableOid, attribute, name, typeOid } = column
    if (!this.detection.columns || isOfSystem(tableOid)) return noGuesses
    const relation = model.relationsByOid.get(tableOid)
    const own = this.ofColumn(relation, attribute, model)
    if (own !== undefined) return [own]
    if (relation !== undefined && attribute <= 0) return this.#ofAll(relation, model)
    if (relation !== undefined && relation.kind !== 'v' && relation.kind !== 'm') return noGuesses
    const { origin, bases = [] } = output ?? {}
    const guesses = this.ofPlaces(origin === undefined ? bases : [origin, ...bases], model)
    if (guesses.length > 0) return couldShow(typeOid, guesses) ? guesses : noGuesses
    // Its column has a name that tells nothing: what the statement calls it says no more.
    if (origin !== undefined) return noGuesses
    // A count, a length, an age of whatever it is called.
    if (tableOid === 0 && kindOf(typeOid) !== 'other') return noGuesses
    const temporary = relations.get(tableOid)?.name
    const guess = guessOf(
      name,
      temporary?.slice(temporary.indexOf('.') + 1),
      typeOid,
      names.filter((other) => other !== name),
      `${temporary ?? 'result'}.${name}`,
      model,
    )
    const wanted = this.#wanted(guess)
    return wanted === undefined ? noGuesses : [wanted]
  }

  /** Where values of this column are counted, until it is clear what they are. Undefined: its name says it, or nobody may ask. */
  ballotOf(relation: Relation, attribute: number, model: CatalogueModel): Ballot | undefined {
    const { oid, schema, name: relationName } = relation
    if (!this.detection.columns || isOfSystem(oid) || systemSchemas.test(schema)) return undefined
    const { named, ballots } = this.#known(relation, model)
    const column = relation.columns.find((candidate) => candidate.attribute === attribute)
    if (column === undefined || column.tag !== undefined || named.has(attribute)) return undefined
    let ballot = ballots.get(attribute)
    if (ballot === undefined) {
      const { name, typeOid } = column
      const place = `${schema}.${relationName}.${name}`
      ballot = this.ballotFor({ name, typeOid, relation: relationName, place }, model)
      ballots.set(attribute, ballot)
    }
    return ballot
  }

  /** For a column of which nothing but its name is known. */
  ballotFor(
    of: { name: string; typeOid: number; relation?: string; place: string },
    model: CatalogueModel,
  ): Ballot {
    const type = typeName(of.typeOid, model)
    return new Ballot({
      column: {
        name: of.name,
        ...(of.relation !== undefined && { relation: of.relation }),
        ...(type !== undefined && { type }),
      },
      place: of.place,
      typeOid: of.typeOid,
      isWanted: (entity) => this.detection.entities.includes(entity),
    })
  }

  /** Of all columns: a row of it as one value. */
  #ofAll(relation: Relation, model: CatalogueModel): readonly ColumnGuess[] {
    return relation.columns.flatMap(
      ({ attribute }) => this.ofColumn(relation, attribute, model) ?? [],
    )
  }

  #known(relation: Relation, model: CatalogueModel): KnownRelation {
    let known = this.#relations.get(relation)
    if (known === undefined) {
      known = { named: namedColumns(relation, model), ballots: new Map() }
      this.#relations.set(relation, known)
    }
    return known
  }

  #wanted(guess: ColumnGuess | undefined): ColumnGuess | undefined {
    if (guess === undefined) return undefined
    return this.detection.entities.includes(guess.tag.dataClass) ? guess : undefined
  }
}

/** The relation and attribute number of `schema.relation.column`. */
export function columnAt(
  place: string,
  model: CatalogueModel,
): { relation: Relation; attribute: number } | undefined {
  const dot = place.lastIndexOf('.')
  const relation = model.relationsByName.get(place.slice(0, dot))
  const attribute = relation && attributesOf(relation).get(place.slice(dot + 1))
  return relation === undefined || attribute === undefined ? undefined : { relation, attribute }
}

const attributesByRelation = new WeakMap<Relation, ReadonlyMap<string, number>>()

/** By name: of wide relations every column of a result is looked up. */
function attributesOf(relation: Relation): ReadonlyMap<string, number> {
  let attributes = attributesByRelation.get(relation)
  if (attributes === undefined) {
    attributes = new Map(relation.columns.map(({ name, attribute }) => [name, attribute]))
    attributesByRelation.set(relation, attributes)
  }
  return attributes
}

function isOfSystem(tableOid: number): boolean {
  return tableOid !== 0 && tableOid < firstUserOid
}

function namedColumns(relation: Relation, model: CatalogueModel): Map<number, ColumnGuess> {
  const guesses = new Map<number, ColumnGuess>()
  const { oid, schema, name: relationName, columns } = relation
  if (isOfSystem(oid) || systemSchemas.test(schema)) return guesses
  const names = columns.map(({ name }) => name)
  for (const { attribute, name, typeOid, tag } of columns) {
    // What somebody has said of it stands.
    if (tag !== undefined) continue
    const siblings = names.filter((other) => other !== name)
    const place = `${schema}.${relationName}.${name}`
    const guess = guessOf(name, relationName, typeOid, siblings, place, model)
    if (guess !== undefined) guesses.set(attribute, guess)
  }
  return guesses
}

function guessOf(
  name: string,
  relation: string | undefined,
  typeOid: number,
  siblings: readonly string[],
  place: string,
  model: CatalogueModel,
): ColumnGuess | undefined {
  const type = typeName(typeOid, model)
  const told = classifyColumn({
    name,
    siblings,
    ...(relation !== undefined && { relation }),
    ...(type !== undefined && { type }),
  })
  if (told === undefined || told.level === 'possible') return undefined
  return { tag: { place, dataClass: told.entity }, level: told.level, typeOid }
}

/** Of a domain: of the type beneath. The labels of an enumeration are the same for everybody, as those of a boolean. */
function typeName(typeOid: number, { typesByOid }: CatalogueModel): string | undefined {
  let type = typesByOid.get(typeOid)
  for (let depth = 0; depth < depthMax && type?.kind === 'domain'; depth++) {
    type = typesByOid.get(type.baseOid)
  }
  return type?.kind === 'enum' ? 'boolean' : type?.name
}

/** Numbers and truth values that were computed from texts and dates are lengths, counts and ages. */
function couldShow(typeOid: number, guesses: readonly ColumnGuess[]): boolean {
  const kind = kindOf(typeOid)
  return kind === 'other' || guesses.some((guess) => kindOf(guess.typeOid) === kind)
}

/** bigint, smallint, integer, oid, real, double precision, money, numeric (pg_type.dat). */
const numberOids = new Set([20, 21, 23, 26, 700, 701, 790, 1700])
/** boolean, time, interval, time with time zone. */
const flagAndTimeOids = new Set([16, 1083, 1186, 1266])

export function isNumber(typeOid: number): boolean {
  return numberOids.has(typeOid)
}

function kindOf(typeOid: number): 'number' | 'flag or time' | 'other' {
  if (numberOids.has(typeOid)) return 'number'
  return flagAndTimeOids.has(typeOid) ? 'flag or time' : 'other'
}
