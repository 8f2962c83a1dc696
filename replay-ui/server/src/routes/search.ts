/**
 * Words in everything on record. What is typed may be somebody's value: it goes on record masked, and the answer says what it seems to
 * be, so that it is asked for at /api/subject, where it is in no address.
 */
import { maskText } from '@gatetrail/detect'
import { searchApi } from '@gatetrail/replay-api'
import { z } from 'zod'
import { termsOf } from '../search/terms.ts'
import { decodeCursor, encodeCursor } from '../store/cursor.ts'
import { hitsOf } from '../store/search-hits.ts'
import { searchRecords, unsearchedRecords, type Found } from '../store/search-question.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

const position = z.tuple([z.string(), z.uuid(), z.int(), z.enum(searchApi.searchKinds)])

export function registerSearch(app: App, context: RouteContext): void {
  const { nowMs = Date.now } = context.options

  route(app, searchApi.search, async (request) => {
    const { q, kind: kinds, cursor, limit, ...filter } = request.query
    const terms = termsOf(q)
    const { text, spans } = maskText(q)
    const after = cursor === undefined ? undefined : foundAt(decodeCursor(cursor, position))
    const questions = context.questionsOf(request)
    let rows = 0
    try {
      const search = await searchRecords(questions, terms, kinds, filter, { after, limit, nowMs })
      const hits = await hitsOf(questions, search, terms)
      rows = hits.length
      const last = search.found.at(-1)
      return {
        terms: terms.map(({ words, prefix }) => ({
          kind: prefix
            ? ('prefix' as const)
            : words.length > 1
              ? ('phrase' as const)
              : ('word' as const),
          words,
        })),
        personal: [...new Set(spans.map(({ entity }) => entity))],
        hits,
        nextCursor: search.more && last !== undefined ? cursorAt(last) : null,
        searchedFrom: search.searchedFrom.toISOString(),
        stopped: search.stopped,
        unsearched:
          after === undefined ? await unsearchedRecords(questions, kinds, filter, nowMs()) : 0,
      }
    } finally {
      // Of a question that failed, too: it was asked.
      await audited(context, request, 'search', { q: text, kind: kinds.join(' '), ...filter }, rows)
    }
  })
}

function cursorAt({ at, session, seq, kind }: Found): string {
  return encodeCursor([at, session, seq, kind])
}

function foundAt([at, session, seq, kind]: z.infer<typeof position>): Found {
  return { at, session, seq, kind }
}
