/** The built web app: its files, and index.html for every page of it (they are routes in the browser). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { send } from '../errors.ts'
import type { App } from './context.ts'

export async function registerWeb(app: App, webRoot: string | undefined): Promise<void> {
  const index = webRoot !== undefined && existsSync(join(webRoot, 'index.html'))
  if (webRoot !== undefined && index) {
    // The last routes to be registered: the hook meets no others.
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' }
      route.schema = { ...route.schema, hide: true }
    })
    await app.register(fastifyStatic, {
      root: webRoot,
      wildcard: false,
      index: ['index.html'],
      cacheControl: false,
      setHeaders: (response, path) => {
        // Their names change with their content.
        const forever = path.includes('/assets/')
        void response.header(
          'cache-control',
          forever ? 'public, max-age=31536000, immutable' : 'no-cache',
        )
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage =
      request.method === 'GET' &&
      !request.url.startsWith('/api/') &&
      !request.url.startsWith('/assets/')
    if (index && isPage) return reply.header('cache-control', 'no-cache').sendFile('index.html')
    return send(
      reply,
      404,
      'NOT_FOUND',
      'there is nothing at this address',
      'See /api/openapi.json.',
    )
  })
}
