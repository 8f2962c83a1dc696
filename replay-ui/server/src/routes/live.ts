/** The live view of a session: a WebSocket that passes everything that a request passes before it is one. */
import { liveApi } from '@gatetrail/replay-api'
import { LiveSockets } from '../live/live-sockets.ts'
import { findSession } from '../store/sessions-question.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { socketRoute } from './route.ts'

export function registerLive(app: App, context: RouteContext): void {
  const { options } = context
  const sockets = new LiveSockets(options.nowMs ?? Date.now)
  const stop = options.control.log.onChange(() => void sockets.cutRevoked())
  // Before the HTTP server closes: it waits for every socket.
  app.addHook('preClose', () => {
    stop()
    sockets.close()
  })

  socketRoute(
    app,
    liveApi.live,
    async (request) => {
      const { caller } = request
      if (caller === undefined) throw new Error('a route with a permission has a caller')
      sockets.checkRoom(caller.name)
      const questions = context.questionsOf(request)
      const { session } = request.params
      const { after } = request.query
      await findSession(questions, session)
      await audited(context, request, 'live', { session, after }, 0)
      return {
        ...{ session, caller: caller.name, questions, next: after === undefined ? 0 : after + 1 },
        stillAllowed: () => context.stillAllowed(request, liveApi.live.access),
      }
    },
    (socket, visit) => sockets.open(socket, visit),
  )
}
