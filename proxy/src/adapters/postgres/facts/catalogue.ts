/** Looks names up in catalogue.generated.ts: what the pg_catalog of a PostgreSQL that nobody has changed has. Pure. */
import type { SqlEffect } from '@gatetrail/schemas'
import {
  informationSchemaFunctions,
  pgCatalogFunctions,
  pgCatalogOperators,
  pgCatalogRelations,
} from './catalogue.generated.ts'
import { dynamicFunctions, functionEffects } from './function-effects.ts'

export type CatalogueFunction = {
  /** `schema.name` */
  name: string
  /** Undefined: it may do anything, or what it does stands in its arguments. */
  effects: readonly SqlEffect[] | undefined
  takesWholeRow: boolean
  /** Names of its output columns, empty if it has one without a name of its own. */
  outputs: readonly string[]
}

type Entry = CatalogueFunction & { counts: ReadonlySet<number>; variadicFrom: number }

/** Only computes, or looks something up: what the statement does is said by its kind. */
const noEffect: readonly SqlEffect[] = []

const pgCatalogByName = parseFunctions('pg_catalog', pgCatalogFunctions)
const informationSchemaByName = parseFunctions('information_schema', informationSchemaFunctions)
const operators: ReadonlySet<string> = new Set(linesOf(pgCatalogOperators))
const relations: ReadonlySet<string> = new Set(linesOf(pgCatalogRelations))

/**
 * The function that this call means, or undefined if the catalogue has none of that name and number of arguments.
 * Until the target's own catalogue is read, a function of the same name in another schema of the search path, with
 * better fitting argument types, goes unnoticed.
 */
export function findFunction(
  schema: string | undefined,
  name: string,
  argumentCount: number,
): CatalogueFunction | undefined {
  const entry =
    schema === undefined || schema === 'pg_catalog'
      ? pgCatalogByName.get(name)
      : schema === 'information_schema'
        ? informationSchemaByName.get(name)
        : undefined
  if (entry === undefined) return undefined
  return entry.counts.has(argumentCount) || argumentCount >= entry.variadicFrom ? entry : undefined
}

export function isCatalogueOperator(name: string): boolean {
  return operators.has(name)
}

/** Whether an unqualified relation of this name is one of pg_catalog, which is always searched first. */
export function isCatalogueRelation(name: string): boolean {
  return relations.has(name)
}

/** Every volatile function of pg_catalog, for the test that each is either sorted by hand or refused. */
export function volatileFunctionNames(): string[] {
  return linesOf(pgCatalogFunctions)
    .map((line) => line.split(' '))
    .filter(([, , flags]) => flags?.includes('v') ?? false)
    .map(([name]) => name ?? '')
}

function parseFunctions(schema: string, table: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const line of linesOf(table)) {
    const [name = '', arities = '', flags = '', outputs = ''] = line.split(' ')
    const counts = new Set<number>()
    let variadicFrom = Number.POSITIVE_INFINITY
    for (const arity of arities.split(',')) {
      if (arity.endsWith('+')) variadicFrom = Math.min(variadicFrom, Number.parseInt(arity, 10))
      else counts.add(Number(arity))
    }
    entries.set(name, {
      name: `${schema}.${name}`,
      effects: effectsOf(name, flags),
      takesWholeRow: flags.includes('w'),
      outputs: outputs === '' ? [] : outputs.split(','),
      counts,
      variadicFrom,
    })
  }
  return entries
}

function effectsOf(name: string, flags: string): readonly SqlEffect[] | undefined {
  if (dynamicFunctions.has(name)) return undefined
  return functionEffects.get(name) ?? (flags.includes('v') ? undefined : noEffect)
}

function linesOf(table: string): string[] {
  return table.split('\n').filter((line) => line !== '')
}
