/** Saved questions, on the control log: there is no other database (design §3). What proxies make of them: nothing. */
import { randomUUID } from 'node:crypto'
import { maskText } from '@gatetrail/detect'
import type { PreparedObject } from '@gatetrail/eventlog'
import { questionsApi, type SavedQuestion } from '@gatetrail/replay-api'
import {
  controlLimits,
  GatetrailError,
  type ControlObject,
  type SavedQuestion as QuestionBody,
} from '@gatetrail/schemas'
import type { FastifyRequest } from 'fastify'
import { RateLimit } from '../access/rate-limit.ts'
import { TooManyAttempts } from '../errors.ts'
import { publishesMax, savedQuestionsMax, savedQuestionsOfOneMax } from '../limits.ts'
import { pageAddress } from '../questions/page-address.ts'
import { audited, recordPublished, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

const dayMs = 86_400_000
/** What is opened is kept for as long as an object may be; that is said at most once in so many days. */
const renewAfterMs = 30 * dayMs
/** Of a deletion: longer than any instance is away that still knows the question. */
const deletionKeptMs = 30 * dayMs

type Question = ControlObject & { body: QuestionBody }

export function registerQuestions(app: App, context: RouteContext): void {
  const { options } = context
  const { log, publisher } = options.control
  const nowMs = options.nowMs ?? Date.now
  const limit = new RateLimit(publishesMax)

  const throttle = ({ ip }: FastifyRequest): void => {
    if (!limit.take(ip, nowMs())) throw new TooManyAttempts('saved questions')
  }
  const publish = async (request: FastifyRequest, prepared: PreparedObject, summary: string) => {
    const { id: object, version, notAfterMs } = prepared.object
    // First: nothing takes effect that is not on record.
    await recordPublished(context, request, {
      ...{ object, version, summary, notAfterMicros: notAfterMs * 1_000 },
    })
    await publisher.publish(prepared)
  }
  const save = async (request: FastifyRequest, id: string, body: QuestionBody, what: string) => {
    const notAfterMs = nowMs() + controlLimits.lifetimeMsMax - dayMs
    const prepared = publisher.prepare({ id: `saved-question/${id}`, notAfterMs, body })
    await publish(request, prepared, `${what} the question ${body.name}`)
    return { question: answerOf({ ...prepared.object, body }, request) }
  }
  const find = (id: string, request: FastifyRequest): Question => {
    const object = log.get(`saved-question/${id}`)
    if (object !== undefined && isQuestion(object) && isShown(object, request)) return object
    throw new GatetrailError('NOT_FOUND', 'there is no such saved question', {
      hint: 'Somebody may have deleted it, or nobody has opened it for a year.',
    })
  }

  route(app, questionsApi.questions, async (request) => {
    // An empty list would say that nothing was saved.
    if (log.contactAgeMs() === Infinity) {
      throw new GatetrailError('KAFKA_UNAVAILABLE', 'the control log has not been read yet', {
        hint: 'Look at the brokers and at log.kafka.',
      })
    }
    const questions = [...log.objects()]
      .filter(isQuestion)
      .filter((object) => isShown(object, request))
      .map((object) => answerOf(object, request))
      .sort((left, right) => left.name.localeCompare(right.name) || (left.id < right.id ? -1 : 1))
    await audited(context, request, 'questions', {}, questions.length)
    return { questions }
  })

  route(app, questionsApi.saveQuestion, async (request) => {
    throttle(request)
    const { id, address } = request.body
    const by = nameOf(request)
    // It goes to the log and to every proxy: a name is free text.
    const name = maskText(request.body.name).text
    const body = { kind: 'saved_question' as const, name, address: pageAddress(address), by }
    if (id !== undefined) {
      const held = find(id.toLowerCase(), request)
      requireMine(held, request)
      return save(request, id.toLowerCase(), { ...body, by: held.body.by }, 'change')
    }
    requireRoom(log.objects(), by)
    return save(request, randomUUID(), body, 'save')
  })

  route(app, questionsApi.openQuestion, async (request) => {
    throttle(request)
    const { id } = request.params
    const held = find(id, request)
    await audited(context, request, 'questions.open', { id, name: held.body.name }, 1)
    return held.issuedAtMs + renewAfterMs < nowMs()
      ? save(request, id, held.body, 'keep')
      : { question: answerOf(held, request) }
  })

  route(app, questionsApi.deleteQuestion, async (request) => {
    throttle(request)
    const { id } = request.params
    const held = find(id, request)
    requireMine(held, request)
    const prepared = publisher.prepare({
      id: held.id,
      notAfterMs: nowMs() + deletionKeptMs,
      body: { kind: 'saved_question_deleted', by: nameOf(request) },
    })
    await publish(request, prepared, `delete the question ${held.body.name}`)
    return { ok: true }
  })
}

function isQuestion(object: ControlObject): object is Question {
  return object.body.kind === 'saved_question'
}

function isMine({ body }: Question, request: FastifyRequest): boolean {
  return body.by === nameOf(request) || request.caller?.roles.includes('admin') === true
}

function requireMine(question: Question, request: FastifyRequest): void {
  if (isMine(question, request)) return
  throw new GatetrailError('API_FORBIDDEN', `this question was saved by ${question.body.by}`, {
    hint: 'Save it under a name of your own, or ask an admin.',
  })
}

/** The control log is there for revocations first: saved questions must never fill it. */
function requireRoom(objects: Iterable<ControlObject>, by: string): void {
  let all = 0
  let mine = 0
  for (const { body } of objects) {
    if (body.kind !== 'saved_question' && body.kind !== 'saved_question_deleted') continue
    all++
    if (body.by === by) mine++
  }
  if (all < savedQuestionsMax && mine < savedQuestionsOfOneMax) return
  throw new GatetrailError('REQUEST_INVALID', 'there is no room for more saved questions', {
    hint: `There may be ${savedQuestionsOfOneMax} of one person and ${savedQuestionsMax} in all; a deleted one counts for 30 more days.`,
  })
}

function nameOf({ caller }: FastifyRequest): string {
  if (caller === undefined) throw new Error('a route with a permission has a caller')
  return caller.name
}

function answerOf(question: Question, request: FastifyRequest): SavedQuestion {
  const { id, version, issuedAtMs, notAfterMs, body } = question
  return {
    id: id.slice(id.indexOf('/') + 1),
    name: body.name,
    address: body.address,
    by: body.by,
    mine: isMine(question, request),
    saved: new Date(issuedAtMs).toISOString(),
    notAfter: new Date(notAfterMs).toISOString(),
    version,
  }
}

/** A name or an address may speak of connections that the caller may not see. */
function isShown({ body }: Question, request: FastifyRequest): boolean {
  return request.caller?.connections === undefined || body.by === nameOf(request)
}
