/**
 * An answer that is read on and on: so many of its pages stand on the screen at once, and the others are a button away. A browser can
 * carry ten thousand rows of text, and no person reads them.
 */
import { useState } from 'react'

type Window = { from: number; to: number }

/** Which pages are shown: those that came last, unless its reader went back. Pure. */
export function windowOf(pages: number, max: number, back: number | undefined): Window {
  const from = Math.max(0, Math.min(back ?? pages - max, pages - max))
  return { from, to: Math.min(pages, from + max) }
}

type Asked = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }

export function usePagesShown<Page>(pages: readonly Page[], max: number, question: Asked) {
  const [back, setBack] = useState<number>()
  const { from, to } = windowOf(pages.length, max, back)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = question
  return {
    shown: pages.slice(from, to),
    /** Left out: there is nothing before, or behind, what is shown. */
    ...(from > 0 && { before: () => setBack(Math.max(0, from - max)) }),
    ...((to < pages.length || hasNextPage) && {
      more: () => {
        setBack(to < pages.length ? to : undefined)
        if (to === pages.length) void fetchNextPage()
      },
    }),
    isComing: isFetchingNextPage,
  }
}

/** Above the first that is shown. */
export function Before({ show, children }: { show: (() => void) | undefined; children: string }) {
  if (show === undefined) return null
  return (
    <div>
      <button type="button" className="button" onClick={show}>
        {children}
      </button>
    </div>
  )
}
