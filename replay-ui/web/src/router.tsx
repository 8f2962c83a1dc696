/** Addresses → pages; each area brings its own. */
import { createRouter } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from './address.ts'
import { answerRoute } from './answer/routes.ts'
import { replayRoute } from './replay/routes.ts'
import { rootRoute } from './root-route.ts'
import { sessionsRoute } from './sessions/routes.ts'
import { PageFailed } from './shell/failed.tsx'

export const router = createRouter({
  routeTree: rootRoute.addChildren([answerRoute, sessionsRoute, replayRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
