/** Words in everything on record: statements, what results showed and clients sent, errors and notices, claims. */
import { z } from 'zod'
import {
  cursorParameter,
  id,
  instantParameter,
  nextCursor,
  principalShape,
  runShape,
  time,
} from './common.ts'
import { operation } from './operation.ts'

export const searchKinds = ['statement', 'shown', 'sent', 'error', 'claim'] as const
const kind = z.enum(searchKinds)
export type SearchKind = z.infer<typeof kind>

/** Characters of a question. */
export const searchCharactersMax = 1_000
const hitsPageMax = 200
const nameCharactersMax = 1_000

const hitShape = z.object({
  kind,
  session: id,
  seq: z.int().describe('of the record that holds it'),
  statement: z
    .int()
    .nullable()
    .describe('seq of the statement to open the replay at; null: it belongs to none'),
  page: z.int().nullable().describe('of the replay of that statement; null: not known'),
  time,
  principal: principalShape.omit({ groups: true }),
  onBehalfOf: z.array(z.string()),
  run: runShape.nullable(),
  connection: z.string(),
  excerpt: z.string().describe('as recorded: personal data masked'),
  marks: z
    .array(z.object({ from: z.int(), to: z.int() }))
    .describe('what was found, in UTF-16 units of the excerpt'),
})
export type SearchHit = z.infer<typeof hitShape>

export const search = operation({
  method: 'GET',
  path: '/api/search',
  access: 'read_audit',
  summary: 'Words in everything on record, newest first',
  query: z.strictObject({
    q: z
      .string()
      .min(1)
      .max(searchCharactersMax)
      .describe('words, all of which must occur; "a phrase" in quotes; the beginning of a word*'),
    from: instantParameter.optional(),
    to: instantParameter.optional(),
    connection: z.string().max(200).optional(),
    principal: z
      .string()
      .max(nameCharactersMax)
      .optional()
      .describe('issuer#subject, or the subject'),
    provider: z.string().max(200).optional().describe('of the run'),
    run: z.string().max(nameCharactersMax).optional().describe('its id'),
    kind: z
      .union([kind.transform((one) => [one]), z.array(kind).max(searchKinds.length)])
      .default([...searchKinds])
      .describe('left out: all'),
    cursor: cursorParameter,
    limit: z.coerce.number().int().min(1).max(hitsPageMax).default(50),
  }),
  answer: z.object({
    terms: z
      .array(
        z.object({
          kind: z.enum(['word', 'phrase', 'prefix']),
          words: z.array(z.string()).describe('of a phrase: in this order'),
        }),
      )
      .describe('what was looked for: letters and digits, in small letters'),
    personal: z
      .array(z.string())
      .describe(
        'entities that the question itself holds: ask for such a value at /api/subject instead',
      ),
    hits: z.array(hitShape),
    nextCursor,
    searchedFrom: time.describe('nothing before it has been looked at'),
    stopped: z
      .enum(['time', 'rows'])
      .nullable()
      .describe('why it ended before all was searched; null: it did not'),
    unsearched: z
      .int()
      .describe(
        'records of that time that were stored before texts were searched: see docs/search.md',
      ),
  }),
})
export type SearchAnswer = z.infer<typeof search.answer>
