/** What kafkajs throws, as an error of ours: what happened at which broker, and what to do. It never holds a secret. */
import { GatetrailError, isGatetrailError } from '@gatetrail/schemas'
import kafkajs from 'kafkajs'

/** `what`: the sentence's beginning, such as "records cannot be sent". Errors of ours stay as they are. */
export function kafkaError(what: string, error: unknown): GatetrailError {
  if (isGatetrailError(error)) return error
  const cause = causeOf(error)
  const message = cause instanceof Error ? cause.message : String(cause)
  if (isProtocolError(cause, 'UNKNOWN_TOPIC_OR_PARTITION')) return missingTopic(what, error)
  return new GatetrailError('KAFKA_UNAVAILABLE', `${what}: ${message}`, {
    hint: hintFor(cause),
    cause: error,
  })
}

/** The member is no longer, or not in this way, of its group: whatever it does is for the others to do again. */
export function isFenced(error: unknown): boolean {
  return isProtocolError(
    error,
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
    'FENCED_INSTANCE_ID',
  )
}

/** Whether a broker answered with one of these errors, by their names in the protocol. */
export function isProtocolError(error: unknown, ...types: string[]): boolean {
  const cause = causeOf(error)
  return cause instanceof kafkajs.KafkaJSProtocolError && types.includes(cause.type)
}

export function missingTopic(what: string, cause?: unknown): GatetrailError {
  return new GatetrailError('KAFKA_TOPIC_INVALID', `${what}: there is no such topic`, {
    hint: 'Make the topics with gatetrail deploy kafka.',
    cause,
  })
}

/** kafkajs wraps what it gave up on, once or twice. */
function causeOf(error: unknown): unknown {
  const isWrapper =
    error instanceof kafkajs.KafkaJSError && !(error instanceof kafkajs.KafkaJSProtocolError)
  return isWrapper && error.cause !== undefined ? causeOf(error.cause) : error
}

function hintFor(cause: unknown): string {
  if (cause instanceof kafkajs.KafkaJSSASLAuthenticationError)
    return 'Check log.kafka.sasl: mechanism, user and password, and that the user exists.'
  if (cause instanceof kafkajs.KafkaJSProtocolError && cause.type.endsWith('AUTHORIZATION_FAILED'))
    return 'The user lacks a right at the brokers: gatetrail deploy kafka prints and makes the ACLs.'
  return 'Check log.kafka.brokers, and that the brokers are up.'
}
