/** Signing in and out. The pages are the web app's; here are the redirects and the cookie. */
import { GatetrailError } from '@gatetrail/schemas'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { platformApi } from '@gatetrail/replay-api'
import { z } from 'zod'
import { route } from './route.ts'
import { callerOf, cookieName, localCaller, type Authentication } from '../access/authenticate.ts'
import { Links } from '../access/links.ts'
import { callbackPath, safeReturnTo, type Login } from '../access/login.ts'
import type { Origins } from '../access/origin.ts'
import { RateLimit } from '../access/rate-limit.ts'
import type { Caller } from '../access/roles.ts'
import { hashOf, type WebSessions } from '../access/web-sessions.ts'
import { TooManyAttempts } from '../errors.ts'
import { loginAttemptsMax, loginMs } from '../limits.ts'
import { recordRead } from '../audit-reads.ts'
import { audited, type App, type RouteContext } from './context.ts'

type LoginParts = {
  login: Login | undefined
  sessions: WebSessions
  origins: Origins
  authentication: Authentication
}

export function registerLogin(app: App, context: RouteContext, parts: LoginParts): void {
  const { login, sessions, origins, authentication } = parts
  const { options } = context
  const nowMs = options.nowMs ?? Date.now
  const limit = new RateLimit(loginAttemptsMax)
  const secure = origins.publicUrl.protocol === 'https:'
  // The issuer sends the browser back from its own site: Lax. Nothing else comes from another site with our cookie.
  const cookie = { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const
  const strict = { ...cookie, sameSite: 'strict' } as const
  const pendingCookie = cookieName(origins, 'login')
  const sessionCookie = cookieName(origins)

  const countAttempt = ({ ip }: FastifyRequest): void => {
    if (!limit.take(ip, nowMs())) throw new TooManyAttempts('sign-ins')
  }
  const links = new Links()
  const open = (request: FastifyRequest, reply: FastifyReply, caller: Caller): void => {
    // A new id with the new rights: what was in the browser before opens nothing.
    const before = request.cookies[sessionCookie]
    if (before !== undefined) sessions.close(before)
    setCookie(reply, sessions.open(caller, nowMs()))
  }
  const setCookie = (reply: FastifyReply, opened: { id: string; expiresAtMs: number }): void => {
    const maxAge = Math.ceil((opened.expiresAtMs - nowMs()) / 1000)
    void reply.setCookie(sessionCookie, opened.id, { ...strict, maxAge })
  }

  route(app, platformApi.loginMethods, () => ({ issuer: login?.issuerName ?? null }))

  app.route({
    method: 'GET',
    url: '/api/login',
    config: { access: 'open' },
    schema: {
      summary: 'Begins the sign-in: a redirect to the issuer',
      querystring: z.object({ returnTo: z.string().optional() }),
    },
    handler: async (request, reply) => {
      const returnTo = safeReturnTo(request.query.returnTo)
      try {
        const id = request.cookies[sessionCookie]
        // Who is signed in guesses nothing: many behind one address have their groups confirmed at the same time.
        if (id === undefined || !sessions.isOpen(id, nowMs())) countAttempt(request)
        const begun = await configured(login).begin(
          returnTo,
          id === undefined ? undefined : hashOf(id),
          nowMs(),
        )
        return await reply
          .setCookie(pendingCookie, begun.cookie, { ...cookie, maxAge: loginMs / 1000 })
          .redirect(begun.url)
      } catch (error) {
        // A script gets the error as it is, a person a page.
        if (request.headers.accept?.includes('text/html') !== true) throw error
        return toSignInPage(request, reply, { error, returnTo })
      }
    },
  })

  app.route({
    method: 'GET',
    url: callbackPath,
    config: { access: 'open' },
    schema: { summary: 'Where the issuer sends the browser back to' },
    handler: async (request, reply) => {
      const pending = request.cookies[pendingCookie]
      const begun = login?.begun(pending, nowMs())
      try {
        if (begun === undefined) countAttempt(request)
        void reply.clearCookie(pendingCookie, cookie)
        const query = new URL(request.url, origins.publicUrl).search
        const done = await configured(login).complete(query, pending, nowMs())
        const caller = callerOf(done.principal, options, 'session')
        const confirmed =
          done.session === undefined
            ? ({ kind: 'none' } as const)
            : sessions.confirm(done.session, caller, nowMs())
        if (confirmed.kind === 'none') open(request, reply, caller)
        if (confirmed.kind === 'moved') setCookie(reply, confirmed)
        return await reply.redirect(done.returnTo)
      } catch (error) {
        return toSignInPage(request, reply, { error, returnTo: begun?.returnTo ?? '/' })
      }
    },
  })

  route(app, platformApi.makeLink, async (request) => {
    await audited(context, request, 'link', {}, 0)
    const { url, expiresAtMs } = links.make(origins.publicUrl, nowMs())
    return { url, expires: new Date(expiresAtMs).toISOString() }
  })

  route(app, platformApi.signInByLink, async (request, reply) => {
    // Nobody signs a browser in but the page that is open in it.
    authentication.checkOrigin(request)
    countAttempt(request)
    if (!links.use(request.body.code, nowMs())) {
      throw new GatetrailError('API_UNAUTHENTICATED', 'this link was used, or is too old', {
        hint: 'Make another: gatetrail link.',
      })
    }
    const caller = localCaller('session')
    const read = { caller, role: 'admin', question: 'link.used', parameters: {}, rows: 0 } as const
    await recordRead(options.journal, read)
    open(request, reply, caller)
    return { ok: true }
  })

  route(app, platformApi.logout, async (request, reply) => {
    const id = request.cookies[sessionCookie]
    if (id !== undefined) sessions.close(id)
    void reply.clearCookie(sessionCookie, strict)
    return { ok: true }
  })
}

/** The web app says there what went wrong, and offers to begin again or to go on. */
function toSignInPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { error, returnTo }: { error: unknown; returnTo: string },
): FastifyReply {
  if (!(error instanceof GatetrailError)) throw error
  request.log.warn({ code: error.code, err: error.cause }, 'a sign-in failed')
  const query = new URLSearchParams({ signin: failureWord(error) })
  if (returnTo !== '/') query.set('returnTo', returnTo)
  return reply.redirect(`/?${query.toString()}`)
}

function failureWord(error: GatetrailError): 'busy' | 'unavailable' | 'failed' {
  if (error instanceof TooManyAttempts) return 'busy'
  return error.code === 'ISSUER_UNAVAILABLE' ? 'unavailable' : 'failed'
}

function configured(login: Login | undefined): Login {
  if (login !== undefined) return login
  throw new GatetrailError('NOT_FOUND', 'no sign-in is configured', {
    hint: 'Set web.login in gatetrail.yaml, or use a token.',
  })
}
