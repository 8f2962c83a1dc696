/** Watches a session that goes on: what it does arrives by itself, over a WebSocket that comes back after a break. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { addressOf, liveApi, type SessionDetail, type WindowStatement } from '@gatetrail/replay-api'
import { me } from '../api/questions.ts'
import { joinTail, listenAfter } from './live-tail.ts'
import { lastStatements, outline, session as sessionQuestion } from './questions.ts'

/** `waiting`: for the store, or for the line to come back. `closed`: the server wants no more of it. */
export type LiveState = 'off' | 'connecting' | 'live' | 'waiting' | 'ended' | 'closed'

export type Live = { state: LiveState; tail: readonly WindowStatement[] }

const retryMsMin = 1_000
const retryMsMax = 30_000
/** The server says that it is alive every few seconds: after this long, the line is dead. */
const silenceMsMax = 45_000
const closedForGood: readonly number[] = [liveApi.liveClosings.revoked, 1008]

export function useLive(session: SessionDetail): Live {
  const id = session.session
  // Once open: what is watched goes on to be shown when it has ended.
  const [watched] = useState(session.state === 'open')
  const [live, setLive] = useState<Live>({ state: watched ? 'connecting' : 'off', tail: [] })
  const client = useQueryClient()

  useEffect(() => {
    if (!watched) return undefined
    let socket: WebSocket | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let stopped = false
    let failures = 0
    let tail: readonly WindowStatement[] = []

    const tell = (state: LiveState) => setLive({ state, tail })
    const learn = (detail: SessionDetail) =>
      client.setQueryData(sessionQuestion(id).queryKey, detail)
    const again = () => {
      clearTimeout(silence)
      if (stopped) return
      tell('waiting')
      const waitMs = Math.min(retryMsMax, retryMsMin * 2 ** failures++)
      // Not all watchers at once, when a server comes back.
      timer = setTimeout(() => void connect(), waitMs * (0.5 + Math.random() / 2))
    }
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => socket?.close(), silenceMsMax)
    }
    /** What was read of a statement before it changed: asked again if it is on the screen. */
    const forget = (seq: number) => {
      for (const what of ['transcript', 'moment', 'moment frames'])
        void client.invalidateQueries({ queryKey: [what, id, seq] })
    }
    const obey = (data: unknown) => {
      const message = messageIn(data)
      if (message === undefined || stopped) return
      failures = 0
      heard()
      switch (message.type) {
        case 'session':
          learn(message.session)
          tell('live')
          break
        case 'statements': {
          const known = new Set(tail.map(({ seq }) => seq))
          tail = joinTail(tail, message.statements)
          tell('live')
          for (const { seq } of message.statements) if (known.has(seq)) forget(seq)
          break
        }
        case 'ended':
          stopped = true
          clearTimeout(silence)
          learn(message.session)
          tell('ended')
          void client.invalidateQueries({ queryKey: outline(id).queryKey })
          break
        case 'alive':
          tell('live')
          break
        case 'trouble':
          tell('waiting')
          break
        default:
          message satisfies never
      }
    }
    const connect = async () => {
      if (tail.length === 0) {
        const known = await client.fetchQuery(lastStatements(id)).catch(() => undefined)
        if (stopped) return
        if (known === undefined) return again()
        tail = known.statements
      }
      const after = listenAfter(tail)
      const address = addressOf(liveApi.live, { params: { session: id }, query: { after } })
      const url = new URL(address, window.location.href)
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
      socket = new WebSocket(url)
      socket.addEventListener('open', heard)
      socket.addEventListener('message', ({ data }) => obey(data))
      socket.addEventListener('close', ({ code }) => {
        if (stopped) return
        if (closedForGood.includes(code)) {
          stopped = true
          tell('closed')
          // The sign-in may only wait for its issuer: the shell sees to that.
          void client.invalidateQueries({ queryKey: me.queryKey })
        } else again()
      })
    }
    void connect()
    return () => {
      stopped = true
      clearTimeout(timer)
      clearTimeout(silence)
      socket?.close()
    }
  }, [watched, id, client])

  return live
}

function messageIn(data: unknown) {
  if (typeof data !== 'string') return undefined
  try {
    return liveApi.live.answer.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}
