/**
 * Has the target print the definitions and expressions that are new or have changed, each in a transaction of its own, and
 * keeps them for later loads. From read-rows.ts, to load-model.ts.
 */
import { inSlices } from './build-model.ts'
import type { QueryClient } from './query-client.ts'
import type { CatalogueRows } from './read-rows.ts'
import { classOfTopic, textTopics, type TextTopic } from './topics/texts.ts'
import { cell, listCell, type PrintedTexts, type TextKind } from './topics/topic.ts'

type KnownText = {
  text: string
  /** What is named in it, by class and OID. */
  names: readonly string[]
  /** Stamps of it and of all that, as they were before it was printed. */
  stamps: string
}

export type KnownTexts = {
  readonly of: Map<TextKind, Map<string, KnownText>>
  /** Counts texts that came, went or changed. */
  changes: number
}

/** Texts to print: of one kind, as OIDs. */
export type MissingTexts = { topic: TextTopic; oids: string[] }[]

/**
 * Stands for a text that could not be had, and is no SQL: what can't be parsed is taken for anything.
 */
export const untold = '('

/** While one waits for a lock, no more than these wait behind it. */
const underWayMax = 4

export function noTexts(): KnownTexts {
  return { of: new Map(), changes: 0 }
}

/** Forgets what is gone, and tells what is new or no longer holds. */
export async function missingTexts(rows: CatalogueRows, known: KnownTexts): Promise<MissingTexts> {
  const stampOf = stampsOf(rows)
  const missing: MissingTexts = []
  for (const topic of textTopics) {
    const keys = rows.texts.get(topic.name)?.keys ?? new Map<string, never>()
    const texts = known.of.get(topic.name) ?? new Map<string, KnownText>()
    known.of.set(topic.name, texts)
    for (const oid of texts.keys()) {
      if (keys.has(oid)) continue
      texts.delete(oid)
      known.changes++
    }
    const oids: string[] = []
    await inSlices([...keys], ([oid, key]) => {
      const text = texts.get(oid)
      if (text === undefined || text.stamps !== joined(key, text.names, stampOf)) oids.push(oid)
    })
    if (oids.length > 0) missing.push({ topic, oids })
  }
  return missing
}

/**
 * What fails is left missing: mostly it was dropped meanwhile. `tolerate` may throw instead. `alone`: each by itself, so
 * that one failure is not that of others. @throws GatetrailError UPSTREAM_UNAVAILABLE
 */
export async function readTexts(
  client: QueryClient,
  missing: MissingTexts,
  rows: CatalogueRows,
  known: KnownTexts,
  alone: boolean,
  tolerate: (error: unknown, kind: TextKind) => void,
): Promise<void> {
  const stampOf = stampsOf(rows)
  const queries = missing.flatMap(({ topic, oids }) => inPortions(topic, oids, alone))
  let next = 0
  let failure: { error: unknown } | undefined
  const worker = async (): Promise<void> => {
    for (;;) {
      const query = failure === undefined ? queries[next++] : undefined
      if (query === undefined) return
      try {
        const printed = await client.query(query.topic.sql, [`{${query.oids.join()}}`])
        for (const row of printed) keep(query.topic.name, cell(row, 0), row[1], listCell(row, 2))
      } catch (error) {
        try {
          tolerate(error, query.topic.name)
        } catch (thrown) {
          failure ??= { error: thrown }
        }
      }
    }
  }
  await Promise.all(Array.from({ length: underWayMax }, worker))
  if (failure !== undefined) throw failure.error

  function keep(
    kind: TextKind,
    oid: string,
    text: string | null | undefined,
    names: readonly string[],
  ): void {
    const key = rows.texts.get(kind)?.keys.get(oid)
    if (key === undefined || typeof text !== 'string') return
    const texts = known.of.get(kind)
    if (texts?.get(oid)?.text !== text) known.changes++
    texts?.set(oid, { text, names, stamps: joined(key, names, stampOf) })
  }
}

/** Without what is still missing. */
export function printedTexts(known: KnownTexts, missing: MissingTexts): PrintedTexts {
  const lacking = new Map(missing.map(({ topic, oids }) => [topic.name, new Set(oids)]))
  return (kind, oid) => {
    const key = String(oid)
    return lacking.get(kind)?.has(key) === true
      ? untold
      : (known.of.get(kind)?.get(key)?.text ?? untold)
  }
}

type StampOf = (name: string) => string

function stampsOf({ topics, named }: CatalogueRows): StampOf {
  const byClass = new Map<string, ReadonlyMap<string, { stamp: string }>>()
  for (const [topic, { byKey }] of topics) {
    const objectClass = classOfTopic[topic.name]
    if (objectClass !== undefined) byClass.set(objectClass, byKey)
  }
  return (name) => {
    const dot = name.indexOf('.')
    const found = byClass.get(name.slice(0, dot))?.get(name.slice(dot + 1))
    return found?.stamp ?? named.get(name) ?? ''
  }
}

function joined(
  key: { stamp: string; relation: string },
  names: readonly string[],
  stampOf: StampOf,
): string {
  return [key.stamp, stampOf(`1259.${key.relation}`), ...names.map(stampOf)].join(' ')
}

function inPortions(
  topic: TextTopic,
  oids: readonly string[],
  alone: boolean,
): { topic: TextTopic; oids: string[] }[] {
  const size = alone ? 1 : topic.perQueryMax
  return Array.from({ length: Math.ceil(oids.length / size) }, (_, index) => ({
    topic,
    oids: oids.slice(index * size, (index + 1) * size),
  }))
}
