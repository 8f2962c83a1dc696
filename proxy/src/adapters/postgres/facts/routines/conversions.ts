/**
 * Operators, casts and types: what PostgreSQL runs for them. Its own do nothing but compute. Where only the types of operands
 * would tell which of several is meant, all count. From index.ts.
 */
import type { CatalogueModel, Type } from '../../catalogue/model.ts'
import type { SqlEnvironment } from '../environment.ts'
import { isCatalogueOperator, isCatalogueType } from '../catalogue.ts'
import { noLineage, unknownLineage } from '../lineage.ts'
import { listOf, namesOf, type Node } from '../node.ts'
import {
  anythingHidden,
  HiddenGatherer,
  joinLineages,
  nothingHidden,
  onlyReads,
  type HiddenFacts,
} from './hidden-facts.ts'
import type { OperatorFacts } from './index.ts'
import { findOperators, findTypes, firstNormalObjectId, partsOf, printedIn } from './lookup.ts'
import { joined, Memory } from './memory.ts'
import type { Workshop } from './workshop.ts'

/** What the grammar writes for IN, BETWEEN, !=. */
const keywordOperators = new Set([
  '<>',
  'BETWEEN',
  'NOT BETWEEN',
  'BETWEEN SYMMETRIC',
  'NOT BETWEEN SYMMETRIC',
])
/** The operators that those stand for. */
const keywordMeanings: Readonly<Record<string, readonly string[]>> = {
  BETWEEN: ['>=', '<='],
  'NOT BETWEEN': ['<', '>'],
  'BETWEEN SYMMETRIC': ['>=', '<='],
  'NOT BETWEEN SYMMETRIC': ['<', '>'],
}
const unknownOperator: OperatorFacts = { ...anythingHidden, found: false, result: unknownLineage }
const knownOperator: OperatorFacts = { ...nothingHidden, found: true, result: noLineage }

export class ConversionReader {
  readonly #workshop: Workshop
  readonly #operators: Memory<OperatorFacts>
  readonly #casts: Memory<HiddenFacts>
  readonly #conversions: Memory<HiddenFacts>
  readonly #inUse: Memory<ReadonlyMap<number, HiddenFacts>>

  constructor(workshop: Workshop) {
    this.#workshop = workshop
    this.#operators = new Memory(workshop.bodies, unknownOperator)
    this.#casts = new Memory(workshop.bodies, anythingHidden)
    this.#conversions = new Memory(workshop.bodies, nothingHidden)
    this.#inUse = new Memory<ReadonlyMap<number, HiddenFacts>>(workshop.bodies, new Map())
  }

  operator(environment: SqlEnvironment, names: readonly string[]): OperatorFacts {
    return this.#operators.of(environment, names.join('\0'), () => {
      const name = names.at(-1) ?? ''
      const meanings = keywordMeanings[name] ?? [name]
      const all = meanings.map((meaning) =>
        this.#operator(environment, [...names.slice(0, -1), meaning]),
      )
      const [first] = all
      if (first === undefined || all.length === 1) return first ?? unknownOperator
      return {
        ...joined(all),
        found: all.every(({ found }) => found),
        result: joinLineages(all.map(({ result }) => result)),
      }
    })
  }

  #operator(environment: SqlEnvironment, names: readonly string[]): OperatorFacts {
    const parts = partsOf(names)
    if (parts === undefined) return unknownOperator
    const { schema, name } = parts
    const own =
      (schema === undefined || schema === 'pg_catalog') &&
      (isCatalogueOperator(name) || keywordOperators.has(name))
    const found = findOperators(environment, names)
    if (environment.uncertain && schema !== 'pg_catalog') return { ...unknownOperator, found: own }
    if (found.length === 0) return own ? knownOperator : unknownOperator
    const gatherer = new HiddenGatherer()
    const results = found.map(({ routineOid, leftType, rightType }) => {
      for (const type of [leftType, rightType]) gatherer.add(this.typeInUse(environment, type))
      const routine = environment.model.routinesByOid.get(routineOid)
      if (routine === undefined) return noLineage // One of PostgreSQL's own functions.
      const facts = this.#workshop.routine(environment, routine)
      gatherer.add(facts.hidden)
      return facts.result
    })
    return { ...gatherer.facts(), found: true, result: joinLineages(results) }
  }

  cast(environment: SqlEnvironment, typeName: Node): HiddenFacts {
    return this.#castTo(environment, namesOf(listOf(typeName, 'names')))
  }

  #castTo(environment: SqlEnvironment, names: readonly string[]): HiddenFacts {
    return this.#casts.of(environment, names.join('\0'), () => {
      const parts = partsOf(names)
      if (parts === undefined) return anythingHidden
      const own = parts.schema === undefined || parts.schema === 'pg_catalog'
      const types = findTypes(environment, names)
      if (types.length === 0) {
        return own && isCatalogueType(parts.name) ? nothingHidden : anythingHidden
      }
      const all = types.map(({ oid }) => this.conversionTo(environment, oid))
      if (environment.uncertain && !isCatalogueType(parts.name)) all.push(anythingHidden)
      return joined(all)
    })
  }

  /** `name(x)` may be a cast, where name is a type; undefined: it is none. */
  castNamed(environment: SqlEnvironment, names: readonly string[]): HiddenFacts | undefined {
    const parts = partsOf(names)
    if (parts === undefined) return undefined
    const own = parts.schema === undefined || parts.schema === 'pg_catalog'
    const known = (own && isCatalogueType(parts.name)) || findTypes(environment, names).length > 0
    return known ? this.#castTo(environment, names) : undefined
  }

  conversionTo(environment: SqlEnvironment, oid: number): HiddenFacts {
    return this.#conversions.of(environment, String(oid), () => {
      const gatherer = new HiddenGatherer().add(this.typeInUse(environment, oid))
      const { model } = environment
      for (const type of withinType(environment, oid)) {
        for (const check of type.checks) gatherer.add(this.#check(environment, check))
        for (const { sourceType, targetType, routineOid } of model.casts) {
          // A cast from a type that somebody made belongs to that type: see #harmful.
          const own = sourceType < firstNormalObjectId
          if (targetType !== type.oid || (!own && type.oid < firstNormalObjectId)) continue
          this.#addRoutine(environment, routineOid, gatherer, type.oid < firstNormalObjectId)
        }
        for (const routine of type.routineOids) this.#addRoutine(environment, routine, gatherer, true)
      }
      return gatherer.facts()
    })
  } // prettier-ignore

  #check(environment: SqlEnvironment, check: string): HiddenFacts {
    const value = ' FROM (VALUES (NULL)) AS v(value)'
    return this.#workshop.bodies.describeExpressions(check, printedIn(environment), value)
  }

  /** `quietly`: only if it does more than reading. It may well not be called. */
  #addRoutine(
    environment: SqlEnvironment,
    oid: number,
    gatherer: HiddenGatherer,
    quietly: boolean,
  ): void {
    const hidden = this.#workshop.routineByOid(environment, oid)
    if (!quietly || !onlyReads(hidden)) gatherer.add(hidden)
  }

  typeInUse(environment: SqlEnvironment, oid: number): HiddenFacts {
    const inUse = this.#harmful(environment)
    if (inUse.size === 0) return nothingHidden
    const found = withinType(environment, oid).flatMap((type) => inUse.get(type.oid) ?? [])
    return found.length === 0 ? nothingHidden : joined(found)
  }

  /** Before anything else is asked of an environment: what is found out within other bodies has less room. */
  prepare(environment: SqlEnvironment): void {
    this.#harmful(environment)
  }

  /** Conversions between PostgreSQL's own types that somebody made or replaced, where they do more than reading. */
  everyStatement(environment: SqlEnvironment): HiddenFacts {
    return this.#harmful(environment).get(0) ?? nothingHidden
  }

  /**
   * By type: casts from it and, unless they have to be asked for, to it, operators (ORDER BY, DISTINCT and joins use them
   * unasked), and the functions of the type itself, where they do more than reading. 0: of no type that somebody made.
   */
  #harmful(environment: SqlEnvironment): ReadonlyMap<number, HiddenFacts> {
    return this.#inUse.of(environment, '', () =>
      this.#workshop.bodies.provisionally(() => this.#findHarmful(environment)),
    )
  }

  #findHarmful(environment: SqlEnvironment): ReadonlyMap<number, HiddenFacts> {
    const { model } = environment
    const harmful = new Map<number, HiddenFacts[]>()
    const note = (routineOid: number, types: readonly number[]): void => {
      const hidden = this.#workshop.routineByOid(environment, routineOid)
      if (onlyReads(hidden)) return
      const made = types.filter((type) => type >= firstNormalObjectId)
      for (const type of made.length === 0 ? [0] : made) {
        harmful.set(type, [...(harmful.get(type) ?? []), hidden])
      }
    }
    for (const { context, routineOid, sourceType, targetType } of model.casts) {
      if (context !== 'explicit') note(routineOid, [sourceType, targetType])
      else if (sourceType >= firstNormalObjectId) note(routineOid, [sourceType])
    }
    for (const operators of model.operatorsByName.values()) {
      for (const { routineOid, leftType, rightType } of operators) {
        const made = [leftType, rightType].filter((type) => type >= firstNormalObjectId)
        if (made.length > 0) note(routineOid, made)
      }
    }
    for (const { oid, routineOids, checks } of activeTypes(model)) {
      for (const routine of routineOids) note(routine, [oid])
      // json_populate_record and its like make values of a row's types.
      for (const check of checks.filter(mayCall)) {
        const hidden = this.#check(environment, check)
        if (!onlyReads(hidden)) harmful.set(oid, [...(harmful.get(oid) ?? []), hidden])
      }
    }
    return new Map([...harmful].map(([type, all]) => [type, joined(all)]))
  }
}

const activeTypesByModel = new WeakMap<CatalogueModel, readonly Type[]>()

/** Types for which something runs. Every table has two types: not to be gone through for every session. */
function activeTypes(model: CatalogueModel): readonly Type[] {
  let active = activeTypesByModel.get(model)
  if (active === undefined) {
    active = [...model.typesByOid.values()].filter(
      ({ routineOids, checks }) => routineOids.length > 0 || checks.some(mayCall),
    )
    activeTypesByModel.set(model, active)
  }
  return active
}

/** Whether a printed expression may do more than compute: names that are not PostgreSQL's own are qualified there. */
function mayCall(expression: string): boolean {
  return /\.|(?:nextval|setval|set_config|lo_\w+|pg_\w+|\w+_to_xml\w*)\(/.test(expression)
}

const typesWithinMax = 1_000

/** A type with the types that it is made of: elements, the type beneath a domain, fields. */
function withinType({ model }: SqlEnvironment, oid: number): readonly Type[] {
  const oids = new Set([oid])
  const types: Type[] = []
  for (const at of oids) {
    const type = model.typesByOid.get(at)
    if (type === undefined || types.length >= typesWithinMax) continue
    types.push(type)
    for (const inner of [type.elementOid, type.baseOid]) if (inner !== 0) oids.add(inner)
    const relation = type.relationOid === 0 ? undefined : model.relationsByOid.get(type.relationOid)
    for (const { typeOid } of relation?.columns ?? []) oids.add(typeOid)
  }
  return types
}
