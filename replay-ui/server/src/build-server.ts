/**
 * The HTTP server: what every request passes, in order, then the routes. A route without `access` is open to nobody; that is
 * the default.
 */
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import websocket from '@fastify/websocket'
import { csrfHeader } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import fastify, { LogController, type FastifyReply } from 'fastify'
import {
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { Authentication, cookieName } from './access/authenticate.ts'
import { Login } from './access/login.ts'
import { watchLongAnswer } from './access/long-answers.ts'
import { originsOf } from './access/origin.ts'
import { roleFor } from './access/roles.ts'
import { WebSessions } from './access/web-sessions.ts'
import { answerText } from './answer-text.ts'
import { recordRead } from './audit-reads.ts'
import { registerErrors } from './errors.ts'
import { bodyBytesMax, connectionsMax, liveClientBytesMax, requestTimeoutMs } from './limits.ts'
import { observeQuestions, observeRequests } from './observe.ts'
import type { ReplayOptions } from './options.ts'
import { registerAnswers } from './routes/answers.ts'
import { registerAuditLog } from './routes/audit-log.ts'
import type { App, RouteContext } from './routes/context.ts'
import { registerControl } from './routes/control.ts'
import { registerExport } from './routes/export.ts'
import { describeParameters } from './routes/describe-parameters.ts'
import { registerHolds } from './routes/holds.ts'
import { registerLive } from './routes/live.ts'
import { registerLogin } from './routes/login.ts'
import { registerPlatform } from './routes/platform.ts'
import { registerQuestions } from './routes/questions.ts'
import { registerRuns } from './routes/runs.ts'
import { registerReplay } from './routes/replay.ts'
import { registerPolicies } from './routes/policies.ts'
import { registerPrincipals } from './routes/principals.ts'
import { registerRunning } from './routes/running.ts'
import { registerScan } from './routes/scan.ts'
import { registerSearch } from './routes/search.ts'
import { registerSessions } from './routes/sessions.ts'
import { registerSubject } from './routes/subject.ts'
import { registerTouches } from './routes/touches.ts'
import { registerWeb } from './routes/web.ts'
import { Questions } from './store/question.ts'

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // xterm.js sets the size of its cells in a style element.
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Ready for `listen` or `inject`. */
export async function buildServer(options: ReplayOptions): Promise<App> {
  const { configuration } = options
  const app: App = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    trustProxy: false,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>()
  app.server.maxConnections = connectionsMax
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(answerText)
  const origins = originsOf(configuration)
  registerErrors(app)
  // A body is JSON and says so: any page can make a browser send text.
  app.removeContentTypeParser('text/plain')
  await app.register(cookie)
  await app.register(websocket, {
    options: { maxPayload: liveClientBytesMax, perMessageDeflate: false },
    // Sockets are cut by who opened them: routes/live.ts.
    preClose(done) {
      this.websocketServer.close()
      done()
    },
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gatetrail',
        description:
          'Questions to the audit trail, and what an administrator does. See docs/api.md.',
        // Of the API, not of the release: what may change within a version stands in docs/api.md.
        version: '1',
      },
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'Of a configured issuer, or the local token of the data directory.',
          },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: cookieName(origins),
            description: `Of a signed-in browser; what changes something also needs the header ${csrfHeader} and our Origin.`,
          },
        },
      },
      security: [{ token: [] }, { cookie: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      'openapiObject' in document
        ? describeParameters(document.openapiObject)
        : document.swaggerObject,
  })

  if (options.metrics !== undefined) observeRequests(app, options.metrics)
  const sessions = new WebSessions(configuration.web)
  const authentication = new Authentication(options, sessions, origins)
  app.decorateRequest('caller', undefined)
  app.decorateRequest('role', undefined)
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(reply, origins.publicUrl.protocol === 'https:')
    const isProbe = request.url === '/healthz' || request.url === '/readyz'
    if (!isProbe && !origins.allowsHost(request.headers.host)) {
      throw new GatetrailError('REQUEST_INVALID', 'the Host header is not a name of this server', {
        hint: 'Set web.publicUrl to the address that browsers use.',
      })
    }
    if (request.is404) return
    if (request.ws && request.routeOptions.config.socket !== true) {
      throw new GatetrailError('REQUEST_INVALID', 'this is not the address of a WebSocket')
    }
    const { access } = request.routeOptions.config
    if (access === 'open') return
    const caller = await authentication.caller(request)
    request.caller = caller
    if (access === 'signed_in') return
    authentication.requireConfirmed(caller)
    const role = access === undefined ? undefined : roleFor(caller, access)
    if (role === undefined && access === 'read_all' && caller.connections !== undefined) {
      throw new GatetrailError(
        'API_FORBIDDEN',
        `${caller.name} reads some connections, and this belongs to none of them`,
        { hint: 'It needs a group of web.roles.auditor: see web.scopes in gatetrail.yaml.' },
      )
    }
    if (role === undefined) {
      throw new GatetrailError('API_FORBIDDEN', `${caller.name} has no role that allows this`, {
        hint: 'Roles come from groups: see web.roles in gatetrail.yaml.',
      })
    }
    request.role = role
    if (request.routeOptions.config.long !== true) return
    const path = request.routeOptions.url
    watchLongAnswer({
      response: reply.raw,
      mayFinish: () => authentication.mayFinish(request),
      onCut: () => {
        request.log.warn({ caller: caller.name, path }, 'an answer was cut off: access has ended')
        const cut = { caller, role, question: 'answer.cut', parameters: { path }, rows: 0 }
        recordRead(options.journal, cut).catch((error: unknown) =>
          request.log.error({ err: error }, 'a cut answer could not be put on record'),
        )
      },
    })
  })

  const questions = Questions.ofAll(
    options.read,
    configuration.tenant,
    options.metrics === undefined ? undefined : observeQuestions(options.metrics),
  )
  const context: RouteContext = {
    options,
    questionsOf: ({ caller }) => {
      // A route that reads has asked who it is; without an answer nothing is seen.
      const connections = caller === undefined ? [] : caller.connections
      return connections === undefined ? questions : questions.within(connections)
    },
    wholeTrail: questions,
    stillAllowed: async (request, permission) => {
      try {
        const caller = await authentication.caller(request, false)
        authentication.requireConfirmed(caller)
        return roleFor(caller, permission) !== undefined
      } catch {
        return false // Also where it can't be known.
      }
    },
    requireStill: (request) => {
      if (authentication.mayFinish(request)) return
      throw new GatetrailError('SESSION_REVOKED', 'access has ended while this was answered', {
        hint: 'It was revoked, or somebody has signed out.',
      })
    },
  }
  const login =
    configuration.web.login === undefined
      ? undefined
      : new Login(configuration, options.loginClientSecret, origins.publicUrl)
  // In a plugin of their own: swagger sees routes that are registered after it has loaded.
  await app.register(async (plugin) => {
    const scope = plugin.withTypeProvider<ZodTypeProvider>()
    registerLogin(scope, context, { login, sessions, origins, authentication })
    registerAnswers(scope, context)
    registerSessions(scope, context)
    registerLive(scope, context)
    registerReplay(scope, context)
    registerPlatform(scope, context)
    registerRunning(scope, context)
    registerPrincipals(scope, context)
    registerPolicies(scope, context)
    registerAuditLog(scope, context)
    registerControl(scope, context)
    registerHolds(scope, context)
    registerSubject(scope, context)
    registerScan(scope, context)
    registerSearch(scope, context)
    registerTouches(scope, context)
    registerExport(scope, context)
    registerRuns(scope, context)
    registerQuestions(scope, context)
  })
  app.get('/api/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, () =>
    app.swagger(),
  )
  app.get('/healthz', { config: { access: 'open' }, schema: { hide: true } }, () => ({ ok: true }))
  app.get('/readyz', { config: { access: 'open' }, schema: { hide: true } }, () => ({ ok: true }))
  await registerWeb(app, options.webRoot)
  await app.ready()
  return app
}

function setHeaders(reply: FastifyReply, https: boolean): void {
  void reply.headers({
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(), geolocation=(), microphone=(), clipboard-read=(), clipboard-write=()',
    'cache-control': 'no-store',
    ...(https && { 'strict-transport-security': 'max-age=31536000' }),
  })
}
