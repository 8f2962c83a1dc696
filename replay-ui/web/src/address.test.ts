import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerSearch, parseSearch, stringifySearch, zoneSearch } from './address.ts'
import { replaySearch } from './replay/address.ts'
import { sessionsSearch } from './sessions/address.ts'

describe('an address', () => {
  it('comes back as it was written, whatever it filters by', () => {
    const text = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, (connection, principal) => {
        const search = { on: '2026-03-12', connection, principal }
        expect(sessionsSearch(parseSearch(stringifySearch(search)))).toEqual(search)
      }),
    )
  })

  it('names a page of ours to go on to after a sign-in that failed, and no other site', () => {
    const returnTo = '/sessions?on=2026-03-12'
    expect(answerSearch({ signin: 'unavailable', returnTo })).toEqual({
      ...{ signin: 'unavailable', returnTo },
    })
    for (const elsewhere of ['//evil.example', '/\\evil.example', 'https://evil.example', 'x'])
      expect(answerSearch({ returnTo: elsewhere })).toEqual({})
  })

  it('forgets what makes no sense', () => {
    expect(sessionsSearch({ on: '2026-02-30', connection: '', other: 'x' })).toEqual({})
    expect(sessionsSearch({ until: '2026-03-01', state: 'odd', entity: 'a b' })).toEqual({})
    expect(sessionsSearch({ on: '2026-03-01', until: '2026-02-01' })).toEqual({ on: '2026-03-01' })
    const all = { on: '2026-03-01', until: '2026-03-07', state: 'aborted', refused: 'true' }
    expect(sessionsSearch({ ...all, touched: 'yes' })).toEqual(all)
    expect(replaySearch({ at: '-1', page: '1.5' })).toEqual({})
    expect(replaySearch({ at: '12', page: '0' })).toEqual({ at: 12, page: 0 })
    expect(replaySearch({ panel: 'frames', t: '7' })).toEqual({ panel: 'frames', t: 7 })
    expect(replaySearch({ panel: 'kitchen', t: 'x' })).toEqual({})
    expect(zoneSearch({ tz: 'Mars/Phobos' })).toEqual({})
    expect(zoneSearch({ tz: 'UTC' })).toEqual({ tz: 'UTC' })
    expect(stringifySearch({ tz: 'Europe/Berlin', on: undefined })).toBe('?tz=Europe/Berlin')
  })
})
