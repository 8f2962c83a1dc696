/** What is around every page. The routes of each area hang below it. */
import { createRootRoute, redirect, retainSearchParams } from '@tanstack/react-router'
import type { Permission } from '@gatetrail/replay-api'
import { zoneSearch } from './address.ts'
import { NotFound, PageFailed } from './shell/failed.tsx'
import { Shell } from './shell/shell.tsx'
import { viewerTimeZone } from './time/zone.ts'

export const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
  validateSearch: zoneSearch,
  search: { middlewares: [retainSearchParams(['tz'])] },
  beforeLoad: ({ location, cause }) => {
    // Who comes without a question reads times in their own zone; an address that asks something means UTC where it names none.
    const tz = viewerTimeZone()
    if (cause === 'enter' && location.searchStr === '' && tz !== 'UTC') {
      throw redirect({ to: '.', search: { tz }, hash: true, replace: true })
    }
  },
})

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** What a page needs so that its questions are answered. Left out: `read_audit`. */
    needs?: Permission
  }
}
