/** Turns a zod schema into rows for the reference pages: one per field, nested ones by path. Pure. */
import { z } from 'zod'

export type FieldRow = {
  /** `principal.run.id`, `touches[].entity` */
  path: string
  type: string
  required: boolean
  /** As JSON; undefined if there is none. */
  default: string | undefined
  description: string
}

/** What this reads of a JSON Schema (draft 2020-12) as zod writes it. */
type JsonSchema = {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  format?: string
  anyOf?: JsonSchema[]
  items?: JsonSchema
  prefixItems?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  required?: string[]
  default?: unknown
  description?: string
}

/** Rows of all fields of an object schema, as they are written (before defaults). */
export function describeFields(schema: z.ZodType): FieldRow[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return rowsOf(json, '')
}

function rowsOf(schema: JsonSchema, prefix: string): FieldRow[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name
    const children = childrenOf(field, path)
    const row: FieldRow = {
      path,
      type: typeOf(field),
      required: required.has(name),
      default: defaultOf(field),
      description: field.description ?? '',
    }
    // A container without a sentence of its own says nothing that its fields do not say.
    return children.length > 0 && row.description === '' ? children : [row, ...children]
  })
}

function childrenOf(field: JsonSchema, path: string): FieldRow[] {
  if (field.properties !== undefined) return rowsOf(field, `${path}.`)
  if (field.items?.properties !== undefined) return rowsOf(field.items, `${path}[].`)
  return []
}

/** An empty object as default of a container only means that the defaults of its fields apply. */
function defaultOf(field: JsonSchema): string | undefined {
  if (field.default === undefined) return undefined
  if (field.properties !== undefined) return undefined
  return JSON.stringify(field.default)
}

function typeOf(field: JsonSchema): string {
  if (field.const !== undefined) return JSON.stringify(field.const)
  if (field.enum !== undefined)
    return field.enum.map((value) => `\`${String(value)}\``).join(' \\| ')
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(' \\| ')
  if (field.prefixItems !== undefined) return `(${field.prefixItems.map(typeOf).join(', ')})`
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`
  if (field.properties !== undefined) return `{ ${Object.keys(field.properties).join(', ')} }`
  if (typeof field.additionalProperties === 'object')
    return `map to ${typeOf(field.additionalProperties)}`
  if (field.format === 'uri') return 'URL'
  if (field.type === undefined) return 'any'
  return Array.isArray(field.type) ? field.type.join(' \\| ') : field.type
}

/** A Markdown table; cells are single lines. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('\n', ' ')).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A description as a cell: a bar would end it. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
