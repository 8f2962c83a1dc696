/** What is around every page. The routes of each area hang below it. */
import { createRootRoute, retainSearchParams } from '@tanstack/react-router'
import { zoneSearch } from './address.ts'
import { NotFound, PageFailed } from './shell/failed.tsx'
import { Shell } from './shell/shell.tsx'

export const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
  validateSearch: zoneSearch,
  search: { middlewares: [retainSearchParams(['tz'])] },
})
