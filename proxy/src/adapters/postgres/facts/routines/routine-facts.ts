/** What one routine does, by its language, volatility and body. From index.ts and its neighbours. */
import type { Relation, Routine } from '../../catalogue/model.ts'
import { createEnvironment, type SqlEnvironment } from '../environment.ts'
import type { SqlEffect } from '@gatetrail/schemas'
import { noLineage, unknownLineage, type Lineage, type OutputColumn } from '../lineage.ts'
import {
  computingExtensionFunctions,
  dynamicExtensionFunctions,
  extensionEffects,
  harmlessTriggerFunctions,
  sampledExtensionFunctions,
} from '../function-effects.ts'
import { effectsOfSetting } from '../settings.ts'
import { anythingHidden, HiddenGatherer, joinLineages, nothingHidden } from './hidden-facts.ts'
import { calledIn, printedIn } from './lookup.ts'
import { joined, Memory } from './memory.ts'
import { readProceduralBody, type BodyReading } from './procedural-bodies.ts'
import type { RoutineFacts, Workshop } from './workshop.ts'

const unknownRoutine: RoutineFacts = {
  hidden: anythingHidden,
  result: unknownLineage,
  outputs: [],
}

/** Languages that may do whatever the server's account may: by PostgreSQL's convention their names end in u. */
const untrusted = /^pl\w*u$/

/** Words by which a body in another language reaches the database. */
const databaseWords = /spi_|plpy|plv8|execute|query|prepare|subtransaction|\bspi\b/i

export class RoutineReader {
  readonly #workshop: Workshop
  readonly #memory: Memory<RoutineFacts>
  readonly #environments = new WeakMap<SqlEnvironment, Map<string, SqlEnvironment>>()

  constructor(workshop: Workshop) {
    this.#workshop = workshop
    this.#memory = new Memory(workshop.bodies, unknownRoutine)
  }

  of(environment: SqlEnvironment, routine: Routine, rowsOf?: Relation): RoutineFacts {
    const key = `${routine.oid} ${rowsOf?.oid ?? ''}`
    return this.#memory.of(environment, key, () => this.#read(environment, routine, rowsOf))
  }

  #read(environment: SqlEnvironment, routine: Routine, rowsOf: Relation | undefined): RoutineFacts {
    const inner = this.#inside(environment, routine)
    const gatherer = new HiddenGatherer()
    gatherer.functions.add(`${routine.schema}.${routine.name}`)
    for (const setting of routine.settings) {
      gatherer.addEffects(
        effectsOfSetting(setting.slice(0, Math.max(0, setting.indexOf('='))).toLowerCase()).filter(
          (effect) => effect !== 'session', // Only until the routine returns.
        ),
      )
    }
    // Its strings may end elsewhere than they seem to.
    if (routine.settings.some((text) => /^standard_conforming_strings=/i.test(text))) {
      gatherer.addAnything()
    }
    const { hidden, result, outputs } = this.#body(inner, routine, rowsOf)
    gatherer.add(hidden)
    if (routine.argumentDefaults !== '') {
      const { bodies } = this.#workshop
      gatherer.add(bodies.describeExpressions(routine.argumentDefaults, printedIn(environment)))
    }
    // Somebody may have put another body in its place since.
    if (environment.uncertain) gatherer.addAnything()
    const value = environment.uncertain ? unknownLineage : result
    return {
      hidden: gatherer.facts(),
      result: value,
      outputs: this.#outputs(environment, routine, value, outputs),
    }
  }

  #body(
    environment: SqlEnvironment,
    routine: Routine,
    rowsOf: Relation | undefined,
  ): BodyReading & { outputs?: readonly OutputColumn[] } {
    if (routine.kind === 'aggregate') return this.#parts(environment, routine)
    switch (routine.language) {
      case 'sql':
        return this.#sql(environment, routine)
      case 'plpgsql':
        return readProceduralBody(this.#workshop, environment, routine, rowsOf)
      case 'c':
      case 'internal':
        return compiled(routine, rowsOf !== undefined)
      default:
        return interpreted(routine)
    }
  }

  /** An aggregate is the functions that it is made of. */
  #parts(environment: SqlEnvironment, { partOids }: Routine): BodyReading {
    const parts = partOids.flatMap((oid) => {
      const part = environment.model.routinesByOid.get(oid)
      return part === undefined ? [] : [this.of(environment, part)]
    })
    return {
      hidden: parts.length === 0 ? nothingHidden : joined(parts.map(({ hidden }) => hidden)),
      result: joinLineages(parts.map(({ result }) => result)),
    }
  }

  #sql(
    environment: SqlEnvironment,
    { source }: Routine,
  ): BodyReading & { outputs?: readonly OutputColumn[] } {
    const printed = printedBody(source)
    const body =
      printed === undefined
        ? this.#workshop.bodies.describe(source, environment)
        : this.#workshop.bodies.describe(printed, printedIn(environment))
    const { outputs } = body
    if (outputs === undefined) {
      // Either its last statement has no rows, or what they hold can't be told.
      const result = body.complete && body.reads.length === 0 ? noLineage : unknownLineage
      return { hidden: body, result }
    }
    return { hidden: body, result: joinLineages(outputs), outputs }
  }

  /** Names of its columns, each with what the body puts there, if it has as many. */
  #outputs(
    { model }: SqlEnvironment,
    routine: Routine,
    result: Lineage,
    body: readonly OutputColumn[] | undefined,
  ): readonly OutputColumn[] {
    const relation = model.relationsByOid.get(
      model.typesByOid.get(routine.returnType)?.relationOid ?? 0,
    )
    const names =
      routine.outputs.length > 0
        ? routine.outputs.map(({ name }) => name)
        : (relation?.columns ?? []).map(({ name }) => name)
    return names.map((name, index) => {
      const own = body?.length === names.length ? body[index] : undefined
      const { tags, unknown } = own ?? result
      return { name, tags, unknown }
    })
  }

  /** The environment that its SET search_path makes. */
  #inside(environment: SqlEnvironment, routine: Routine): SqlEnvironment {
    const setting = routine.settings.find((text) => text.toLowerCase().startsWith('search_path='))
    if (setting === undefined) return calledIn(environment)
    let known = this.#environments.get(environment)
    if (known === undefined) this.#environments.set(environment, (known = new Map()))
    const key = `${routine.securityDefiner} ${setting}`
    let inner = known.get(key)
    if (inner === undefined) {
      const { id: _, ...state } = environment
      const schemas = schemasOf(setting.slice('search_path='.length))
      const owned = schemas.includes('$user')
      inner = createEnvironment({
        ...state,
        // Of a SECURITY DEFINER routine $user is its owner, who is not known here.
        searchPath:
          owned && routine.securityDefiner
            ? undefined
            : schemas.map((schema) => (schema === '$user' ? environment.model.user : schema)),
      })
      known.set(key, inner)
    }
    return inner
  }
}

/** Of a routine in C or of the server: by its name if it is one of a known extension, else by its volatility. */
function compiled({ name, volatility, schema }: Routine, isTrigger: boolean): BodyReading {
  if (schema === 'pg_catalog') return volatility === 'volatile' ? unreadable : computing
  if (isTrigger && harmlessTriggerFunctions.has(name)) return computing
  if (isTrigger) return unreadable
  const effects = extensionEffects.get(name)
  const result = sampledExtensionFunctions.has(name) ? unknownLineage : noLineage
  if (dynamicExtensionFunctions.has(name)) {
    return { ...unreadable, hidden: { ...anythingHidden, effects: effects ?? [] } }
  }
  if (effects !== undefined) return { hidden: withEffects(effects), result }
  if (volatility === 'volatile') return unreadable
  const mayRead = volatility === 'stable' && !computingExtensionFunctions.has(name)
  return mayRead ? { hidden: nothingHidden, result: unknownLineage } : computing
}

/** Of another language: only what never reaches for the database can be told. */
function interpreted({ language, source, volatility }: Routine): BodyReading {
  if (untrusted.test(language)) {
    return { ...unreadable, hidden: { ...anythingHidden, effects: ['external'] } }
  }
  return volatility === 'volatile' || databaseWords.test(source) ? unreadable : computing
}

const computing: BodyReading = { hidden: nothingHidden, result: noLineage }
const unreadable: BodyReading = { hidden: anythingHidden, result: unknownLineage }

function withEffects(effects: readonly SqlEffect[]): typeof nothingHidden {
  return { ...nothingHidden, effects }
}

/** A body by the SQL standard, as PostgreSQL prints it, as statements; undefined: it is none. */
function printedBody(source: string): string | undefined {
  const expression = /^\s*RETURN\s([^]*)$/.exec(source)?.[1]
  if (expression !== undefined) return `SELECT ${expression}`
  return /^\s*BEGIN ATOMIC\b([^]*)\bEND\s*$/.exec(source)?.[1]
}

/** A list of schemas as proconfig has it: names, some in quotes. */
function schemasOf(value: string): string[] {
  return [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,]+/g)].map(([whole, name]) =>
    name === undefined ? whole.toLowerCase() : name.replaceAll('""', '"'),
  )
}
