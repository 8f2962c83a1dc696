/**
 * A table beside another one, like it and empty, that takes its place in one step: how derived tables are made anew. In a cluster the
 * rows are in local tables on every node; those change places, and what distributes them stays.
 */
import { distributedTable, localTable, type ClickHouseTarget } from '@gatetrail/schemas'

export const shadowSuffix = '_rebuild'

/** What is left of an attempt that did not end goes first. */
export function createShadow(table: string, target: ClickHouseTarget): string[] {
  const shadow = `${table}${shadowSuffix}`
  const local = localTable(shadow, target)
  return [
    ...dropShadow(table, target),
    `CREATE TABLE ${local}${target.onCluster} AS ${localTable(table, target)}`,
    ...(local === shadow ? [] : [distributedTable(shadow, target, 'session')]),
  ]
}

export function exchangeShadow(table: string, target: ClickHouseTarget): string[] {
  const shadow = localTable(`${table}${shadowSuffix}`, target)
  return [
    `EXCHANGE TABLES ${localTable(table, target)} AND ${shadow}${target.onCluster}`,
    ...dropShadow(table, target),
  ]
}

function dropShadow(table: string, target: ClickHouseTarget): string[] {
  const shadow = `${table}${shadowSuffix}`
  const names = new Set([shadow, localTable(shadow, target)])
  return Array.from(names, (name) => `DROP TABLE IF EXISTS ${name}${target.onCluster} SYNC`)
}
