/** What stands behind `/report?`: a question as its page has it, and which page that is. Pure. */
import { day } from '../address.ts'
import { touchesSearch, type TouchesSearch } from '../touches/address.ts'

/** `on`: of a day's answer. */
export type ReportSearch = TouchesSearch & { of: 'pii' | 'touches'; on?: string | undefined }

export function reportSearch(raw: Readonly<Record<string, unknown>>): ReportSearch {
  const on = day(raw['on'])
  return raw['of'] === 'pii' && on !== undefined
    ? { of: 'pii', on }
    : { of: 'touches', ...touchesSearch(raw) }
}
