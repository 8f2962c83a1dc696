/** What stands behind `/runs/…?`. Pure. */
import { known, text } from '../address.ts'

export type RunSearch = { attempt?: string | undefined; cursor?: string | undefined }

export function runSearch(raw: Readonly<Record<string, unknown>>): RunSearch {
  return known({ attempt: text(raw['attempt'], 200), cursor: text(raw['cursor'], 500) })
}
