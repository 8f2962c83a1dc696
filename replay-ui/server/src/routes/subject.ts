/**
 * Which runs ever touched a value that an auditor holds. The only place that makes fingerprints of a value that somebody types:
 * whoever may ask can test guesses, so that asks are few per minute, and each is on record. The value itself is in the body of the
 * request alone: in no address, log, error or record.
 */
import { entities as builtInEntities, Fingerprinter } from '@gatetrail/detect'
import { z } from 'zod'
import { RateLimit } from '../access/rate-limit.ts'
import { TooManyAttempts } from '../errors.ts'
import { entitiesMax, subjectAsksMax, subjectValueCharactersMax } from '../limits.ts'
import {
  fingerprintedEntities,
  findTouches,
  keysMissing,
  missingFingerprints,
  subjectRunShape,
} from '../store/subject-question.ts'
import { audited, errors, instantParameter, type App, type RouteContext } from './context.ts'

/** Values of which the proxy could not tell what they are have fingerprints under this name. */
const unknownEntity = 'UNKNOWN'

const answerShape = z.object({
  entities: z.array(z.string()).describe('as what the value was looked for'),
  keys: z.array(z.string()).describe('ids of the keys by which it was looked for'),
  runs: z.array(subjectRunShape),
  truncated: z.boolean().describe('there is more than one answer holds'),
  coverage: z
    .object({
      statements: z.int(),
      values: z.int(),
      keysMissing: z
        .array(z.string())
        .describe(
          'ids of keys of that time that are not configured here: their fingerprints are not found',
        ),
    })
    .describe('of the same time and entities, without a fingerprint: the value may be among them'),
})

export function registerSubject(app: App, context: RouteContext): void {
  const { questions, options } = context
  const nowMs = options.nowMs ?? Date.now
  const asks = new RateLimit(subjectAsksMax)
  const keys = options.fingerprintKeys.map(({ id, key }) => ({
    id,
    fingerprinter: new Fingerprinter(key),
  }))

  app.route({
    method: 'POST',
    url: '/api/subject',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Which runs touched a value; the value is neither stored nor logged',
      body: z.strictObject({
        value: z.string().min(1).max(subjectValueCharactersMax),
        entity: z
          .string()
          .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'an entity such as US_SSN')
          .optional()
          .describe('Left out: all'),
        since: instantParameter.optional(),
        until: instantParameter.optional(),
      }),
      response: { 200: answerShape, ...errors },
    },
    handler: async (request) => {
      const { value, entity, since, until } = request.body
      if (!asks.take(request.caller?.name ?? '', nowMs()))
        throw new TooManyAttempts('values asked for', 'by this caller')
      const entities =
        entity === undefined
          ? [
              ...new Set([
                ...builtInEntities,
                ...(await fingerprintedEntities(questions, entitiesMax)),
              ]),
            ]
          : [entity, unknownEntity]
      const keyIds = keys.map(({ id }) => id)
      const prints = new Set<string>()
      for (const { fingerprinter } of keys)
        for (const one of entities) {
          const print = fingerprinter.of(one, value)
          if (print !== undefined) prints.add(Buffer.from(print).toString('hex'))
        }
      const range = { since, until }
      const among = entity === undefined ? undefined : entities
      let touches = 0
      try {
        const found = await findTouches(questions, [...prints], range)
        touches = found.touches
        const coverage = {
          ...(await missingFingerprints(questions, among, range)),
          keysMissing: await keysMissing(questions, keyIds, range),
        }
        const { runs, truncated } = found
        const asked = entity === undefined ? entities : [entity]
        return { entities: asked, keys: keyIds, runs, truncated, coverage }
      } finally {
        // Of a question that failed, too: it was asked.
        const parameters = { entity: entity ?? 'any', since, until, keys: keyIds.join(' ') }
        await audited(context, request, 'subject', parameters, touches)
      }
    },
  })
}
