import { ApiError } from '@gatetrail/replay-api'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { Asked } from './asked.tsx'

vi.mock('../time/use-zone.ts', () => ({ useZone: () => 'UTC' }))

const dataUpdatedAt = Date.parse('2026-03-12T02:14:03Z')
const failed = (status: number) => new ApiError(status, 'STORE_UNAVAILABLE', 'no answer')

function shown(data: string | undefined, error: Error | null): string {
  const query = { data, error, dataUpdatedAt, isPlaceholderData: false, refetch: vi.fn() }
  return renderToStaticMarkup(
    <Asked query={query} what="What goes on">
      {(answer) => <p>{answer}</p>}
    </Asked>,
  )
}

it('keeps the last answer where asking again failed, and says of when it is', () => {
  const page = shown('three sessions', failed(503))
  expect(page).toContain('<p>three sessions</p>')
  expect(page.replaceAll(/<[^>]+>/g, '')).toContain(
    'As of 02:14:03: what goes on could not be refreshed',
  )
  expect(page).toContain('Try again')
})

it('says what failed where nothing was answered yet, and nothing of it where all is well', () => {
  expect(shown(undefined, failed(503))).toContain('What goes on could not be loaded')
  expect(shown('three sessions', null)).not.toContain('role="alert"')
})

it('takes the answer away from who may not see it any more', () => {
  const page = shown('three sessions', failed(403))
  expect(page).not.toContain('three sessions')
  expect(page).toContain('You may not see this')
})
