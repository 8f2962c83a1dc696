/**
 * Which runs ever touched a value that an auditor holds. The only place that makes fingerprints of a value that somebody types:
 * whoever may ask can test guesses, so that asks are few per minute, and each is on record. The value itself is in the body of the
 * request alone: in no address, log, error or record.
 */
import { entities as builtInEntities, Fingerprinter } from '@gatetrail/detect'
import { subjectApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { RateLimit } from '../access/rate-limit.ts'
import { TooManyAttempts } from '../errors.ts'
import { entitiesMax, subjectAsksMax } from '../limits.ts'
import {
  fingerprintedEntities,
  findTouches,
  keysMissing,
  missingFingerprints,
} from '../store/subject-question.ts'
import { audited, type App, type RouteContext } from './context.ts'

/** Values of which the proxy could not tell what they are have fingerprints under this name. */
const unknownEntity = 'UNKNOWN'

export function registerSubject(app: App, context: RouteContext): void {
  const { options } = context
  const nowMs = options.nowMs ?? Date.now
  const asks = new RateLimit(subjectAsksMax)
  const keys = options.fingerprintKeys.map(({ id, key }) => ({
    id,
    fingerprinter: new Fingerprinter(key),
  }))

  route(app, subjectApi.subject, async (request) => {
    const questions = context.questionsOf(request)
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
  })
}
