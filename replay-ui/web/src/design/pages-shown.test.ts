import fc from 'fast-check'
import { expect, it } from 'vitest'
import { windowOf } from './pages-shown.tsx'

it('shows what came last, never more pages than may be shown, and every page to who goes back and on', () => {
  const whole = fc.integer({ min: 0, max: 60 })
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 10 }), fc.option(whole), (pages, max, back) => {
      const { from, to } = windowOf(pages, max, back ?? undefined)
      expect([from >= 0, to <= pages, to - from]).toEqual([true, true, Math.min(pages, max)])
      if (back === null) expect(to).toBe(pages)
      const seen = new Set<number>()
      for (let at = 0; at < pages; at += max) {
        const shown = windowOf(pages, max, at)
        for (let page = shown.from; page < shown.to; page++) seen.add(page)
      }
      expect(seen.size).toBe(pages)
    }),
  )
})
