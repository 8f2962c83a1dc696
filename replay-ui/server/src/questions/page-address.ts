/** Which addresses a saved question may have: pages of our own, and no value of a person. Pure. */
import { maskText } from '@gatetrail/detect'
import { questionsApi } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'

/** Of filters by names that answers show: some of them look like personal data, such as the address of a principal. */
const namesOfFilters: ReadonlySet<string> = new Set([
  'provider', 'run', 'attempt', 'principal', 'onBehalfOf', 'workflow', 'repository', 'place', 'entity', 'connection',
  'policy', 'session', 'from', 'to', 'on',
]) // prettier-ignore

const base = 'http://page.invalid'

/** The address as a browser would write it, at its first page. @throws GatetrailError REQUEST_INVALID */
export function pageAddress(address: string): string {
  const url = URL.canParse(address, base) ? new URL(address, base) : undefined
  // What a browser would read as another host, resolve or drop is no address of a page, whatever comes out of it.
  const isPlain = /^\/(?![/\\])[^\\#\s\p{Cc}\p{Cf}]*$/u.test(address)
  const first = url?.pathname.split('/')[1] ?? ''
  const isPage = questionsApi.savedPages.some((page) => page === first)
  if (url === undefined || !isPlain || url.origin !== base || !isPage) {
    throw new GatetrailError('REQUEST_INVALID', 'this is no page of the web app', {
      hint: 'Give the path and the query of a page, such as /touches?by=place.',
    })
  }
  // A question begins at its first page: a cursor is of one answer, and of the moment that it was given.
  if (url.searchParams.has('cursor')) url.searchParams.delete('cursor')
  for (const [name, text] of url.searchParams) {
    if (namesOfFilters.has(name) || maskText(text).text === text) continue
    throw new GatetrailError('REQUEST_INVALID', `${name.slice(0, 40)} holds personal data`, {
      hint: 'A saved question is kept in clear. Ask for the value of a person on the page of subjects.',
    })
  }
  return `${url.pathname}${url.search}`
}
