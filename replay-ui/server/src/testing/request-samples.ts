/** Requests that an operation takes, made of the shapes that it says: so that a new one is asked too, without a line of its own. */
import type { Operation } from '@gatetrail/replay-api'
import { z } from 'zod'

export type Sample = {
  params: Record<string, unknown>
  query: Record<string, unknown>
  body?: unknown
}

/** As far as z.toJSONSchema writes it. */
type Schema = {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  format?: string
  pattern?: string
  minLength?: number
  minimum?: number
  minItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

/** Of nothing that exists. */
const nothing = '0199c82c-ffff-7fff-8fff-ffffffffffff'
const texts = ['a', 'US_SSN', 'corp#kim', '2026-03-12', 'ab'.repeat(32), 'public.customers.ssn']
const named: Record<string, unknown> = { year: 2026, on: '2026-03-12', value: '078-05-1120' }

/**
 * The least that it takes first; then, for each name in `about` that it may be given besides, that too; and all of them.
 * @throws Error if it takes none of what is made here: then this file has to learn of its shapes.
 */
export function samplesOf(
  op: Operation,
  about: Readonly<Record<string, unknown>>,
): [Sample, ...Sample[]] {
  const least = sampleOf(op, about, new Set())
  const wrong = problemOf(op, least)
  if (wrong !== undefined) throw new Error(`no sample of ${op.method} ${op.path}: ${wrong}`)
  const optional = Object.keys(about)
  const more = [...optional.map((name) => new Set([name])), new Set(optional)]
    .map((names) => sampleOf(op, about, names))
    .filter((sample) => problemOf(op, sample) === undefined)
  const distinct = new Map(more.map((sample) => [JSON.stringify(sample), sample]))
  distinct.delete(JSON.stringify(least))
  return [least, ...distinct.values()]
}

function problemOf(op: Operation, sample: Sample): string | undefined {
  for (const part of ['params', 'query', 'body'] as const) {
    const problem = op[part]?.safeParse(sample[part]).error
    if (problem !== undefined) return `${part}: ${z.prettifyError(problem)}`
  }
  return undefined
}

function sampleOf(
  op: Operation,
  about: Readonly<Record<string, unknown>>,
  optional: ReadonlySet<string>,
): Sample {
  const make = (shape: z.ZodType | undefined) => {
    if (shape === undefined) return undefined
    const schema = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as Schema
    return valueOf(schema, '', { ...named, ...about }, optional)
  }
  const params = make(op.params)
  const query = make(op.query)
  const body = make(op.body)
  return {
    params: Object.fromEntries(Object.entries(params ?? {})),
    query: Object.fromEntries(Object.entries(query ?? {})),
    ...(op.body !== undefined && { body }),
  }
}

function valueOf(
  schema: Schema,
  name: string,
  about: Readonly<Record<string, unknown>>,
  optional: ReadonlySet<string>,
): unknown {
  const choices = schema.anyOf ?? schema.oneOf
  if (schema.type !== 'object' && choices === undefined && about[name] !== undefined)
    return about[name]
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (choices !== undefined) return about[name] ?? valueOf(choices[0] ?? {}, name, about, optional)
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {})
      const given = properties.filter(
        ([key]) => schema.required?.includes(key) === true || optional.has(key),
      )
      return Object.fromEntries(
        given.map(([key, one]) => [key, valueOf(one, key, about, optional)]),
      )
    }
    case 'array':
      return schema.minItems === undefined
        ? []
        : [valueOf(schema.items ?? {}, name, about, optional)]
    case 'string':
      return textOf(schema)
    case 'boolean':
      return true
    default:
      // Numbers of an address are texts; what is made of anything has no type here.
      return schema.minimum ?? 1
  }
}

function textOf({ format, pattern, minLength = 1 }: Schema): string {
  if (format === 'uuid') return nothing
  if (format === 'date') return '2026-03-12'
  if (format === 'date-time') return '2026-03-12T10:00:00Z'
  const fits = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  const found = texts.find((text) => fits?.test(text) ?? true) ?? 'a'
  return found.padEnd(minLength, 'a')
}
