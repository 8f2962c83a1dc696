/** Watches a session from a page: a WebSocket that is opened again when it was lost, until the session ends or nobody may look. */
import { addressOf } from './client.ts'
import { live, liveClosings, liveMessageShape, type LiveMessage } from './live.ts'

export type LiveState =
  | { kind: 'connecting' }
  | { kind: 'watching' }
  /** Lost: it is tried again. */
  | { kind: 'waiting'; message: string }
  /** Over: nothing comes any more. */
  | { kind: 'over'; why: 'ended' | 'refused' | 'closed' }

export type LiveOptions = {
  session: string
  /** The last statement that is known; undefined: from the beginning. */
  after: number | undefined
  onMessage: (message: LiveMessage) => void
  onState: (state: LiveState) => void
}

const firstRetryMs = 1_000
const retryMsMax = 15_000
/** The server says at least this often that it is there. */
const silenceMsMax = 20_000
/** A server that never lets one in says no: then it is of no use to go on. */
const refusalsMax = 5

/** Returns what ends it. */
export function openLive({ session, after, onMessage, onState }: LiveOptions): () => void {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let last = after
  let retryMs = firstRetryMs
  let refusals = 0
  let over = false

  const finish = (why: Extract<LiveState, { kind: 'over' }>['why']): void => {
    if (over) return
    over = true
    clearTimeout(timer)
    clearTimeout(silence)
    socket?.close()
    onState({ kind: 'over', why })
  }
  const heard = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => socket?.close(), silenceMsMax)
  }
  const connect = (): void => {
    onState({ kind: 'connecting' })
    const path = addressOf(live, { params: { session }, query: { after: last } })
    const opened = new WebSocket(new URL(path, location.href.replace(/^http/, 'ws')))
    let letIn = false
    socket = opened
    opened.addEventListener('open', () => {
      letIn = true
      retryMs = firstRetryMs
      refusals = 0
      heard()
      onState({ kind: 'watching' })
    })
    opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      heard()
      const parsed = liveMessageShape.safeParse(parsedJson(data))
      if (!parsed.success) return
      const message = parsed.data
      if (message.type === 'statements')
        last = Math.max(last ?? -1, ...message.statements.map(({ seq }) => seq))
      onMessage(message)
      if (message.type === 'ended') finish('ended')
    })
    opened.addEventListener('close', ({ code }) => {
      if (over || socket !== opened) return
      clearTimeout(silence)
      if (code === liveClosings.revoked) return finish('refused')
      if (!letIn && ++refusals >= refusalsMax) return finish('refused')
      onState({ kind: 'waiting', message: 'The connection was lost.' })
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, retryMsMax)
    })
  }
  connect()
  return () => finish('closed')
}

function parsedJson(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined
  } catch {
    return undefined
  }
}
