/** What is around every page: who is signed in, where one can go, which time zone. Without a sign-in it is the sign-in page. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useMatches, useNavigate, useSearch } from '@tanstack/react-router'
import { me } from '../api/questions.ts'
import { ApiError } from '@gatetrail/replay-api'
import { Failure, Loading } from '../design/notice.tsx'
import { ShortcutHelp, useShortcuts, type Shortcut } from '../design/shortcuts.tsx'
import { AccountMenu } from './account-menu.tsx'
import { ConfirmNotice } from './confirm-notice.tsx'
import { Mark } from './mark.tsx'
import { Navigation } from './navigation.tsx'
import { NoPermission } from './no-permission.tsx'
import './shell.css'
import { SignInPage } from './sign-in-page.tsx'
import { useConfirmation } from './use-confirmation.ts'
import { useKeptDownload } from './use-download.ts'
import { ZoneSelect } from './zone-select.tsx'

export function Shell() {
  const { data, error, isPending, refetch } = useQuery(me)
  const maySearch = data?.permissions.includes('read_audit') === true
  const search = useSearchKey()
  const shortcuts = maySearch ? [search] : []
  const keys = useShortcuts(shortcuts, 'app')
  const needs = useMatches({
    select: (matches) => matches.at(-1)?.staticData.needs ?? 'read_audit',
  })
  const failed = useSearch({ strict: false, select: ({ signin }) => signin !== undefined })
  const { isDue, isHeld, confirm } = useConfirmation(failed)
  const isSignedOut = error instanceof ApiError && error.status === 401
  useKeptDownload(isSignedOut || isDue ? undefined : data)
  if (isSignedOut || (isDue && failed)) return <SignInPage />
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <header className="shell-header">
        <Link to="/" className="wordmark" aria-label="Gatetrail: the day's answer">
          <Mark />
          <span>Gatetrail</span>
        </Link>
        {data !== undefined && <Navigation permissions={data.permissions} />}
        <div className="shell-tools">
          <ZoneSelect />
          {data !== undefined && <AccountMenu me={data} showKeys={() => keys.setHelps(true)} />}
        </div>
      </header>
      <ShortcutHelp
        {...{ ...keys, shortcuts }}
        title="Keys"
        description="In the map of the year, arrow keys go by day and week, Page up and Page down by month; below the search, they go from hit to hit. A player has keys of its own."
      />
      <div id="content" tabIndex={-1}>
        {data !== undefined && <ConfirmNotice {...{ isHeld, confirm }} />}
        {isPending && (
          <main className="page">
            <Loading what="Your account" />
          </main>
        )}
        {error !== null && data === undefined && (
          <main className="page">
            <Failure error={error} what="Your account" retry={() => void refetch()} />
          </main>
        )}
        {data !== undefined &&
          (data.permissions.includes(needs) ? (
            <Outlet />
          ) : (
            <NoPermission me={data} needs={needs} />
          ))}
      </div>
    </>
  )
}

/** To the field of the page that searches, else to the page that does. */
function useSearchKey(): Shortcut {
  const navigate = useNavigate()
  return {
    key: '/',
    does: 'Search',
    run: () => {
      const field = document.querySelector<HTMLInputElement>('input[aria-keyshortcuts="/"]')
      if (field === null) void navigate({ to: '/search', search: ({ tz }) => ({ tz }) })
      else {
        field.focus()
        field.select()
      }
    },
  }
}
