/** Looks names up in catalogue.generated.ts: what the pg_catalog of a PostgreSQL that nobody has changed has. Pure. */
import type { SqlEffect } from '@gatetrail/schemas'
import {
  informationSchemaFunctions,
  pgCatalogFunctionOids,
  pgCatalogFunctions,
  pgCatalogOperators,
  pgCatalogRelations,
  pgCatalogTypes,
} from './catalogue.generated.ts'
import { dynamicFunctions, functionEffects } from './function-effects.ts'

export type CatalogueFunction = {
  /** `schema.name` */
  name: string
  /** Undefined: it may do anything, or what it does stands in its arguments. */
  effects: readonly SqlEffect[] | undefined
  takesWholeRow: boolean
  /** All overloads are aggregates. */
  aggregate: boolean
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
const types: ReadonlySet<string> = new Set(linesOf(pgCatalogTypes))
let namesByOid: ReadonlyMap<number, string> | undefined

/**
 * The function that this call means, or undefined if the catalogue has none of that name and number of arguments. What
 * else may be meant, of other schemas, routines/ knows.
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

/** A function of pg_catalog, whatever its number of arguments. */
export function catalogueFunctionNamed(name: string): CatalogueFunction | undefined {
  return pgCatalogByName.get(name)
}

export function isCatalogueOperator(name: string): boolean {
  return operators.has(name)
}

/** Whether an unqualified relation of this name is one of pg_catalog, which is always searched first. */
export function isCatalogueRelation(name: string): boolean {
  return relations.has(name)
}

/** Whether pg_catalog has a type of this name that a value can be cast to. */
export function isCatalogueType(name: string): boolean {
  return types.has(name)
}

/** The name of a function of pg_catalog, as a FunctionCall message means it: its OID is the same in every PostgreSQL. */
export function functionNameByOid(oid: number): string | undefined {
  namesByOid ??= new Map(
    linesOf(pgCatalogFunctionOids).flatMap((line) => {
      const [name = '', oids = ''] = line.split(' ')
      return oids.split(',').map((text) => [Number(text), name] as const)
    }),
  )
  return namesByOid.get(oid)
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
      aggregate: flags.includes('a'),
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
