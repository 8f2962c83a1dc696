/** Statements of a session by their index: windows of them are asked for where somebody looks, and dropped behind. */
import { useQueries } from '@tanstack/react-query'
import type { WindowStatement } from '@gatetrail/replay-api'
import { statementWindow, windowSize } from './questions.ts'

export type StatementAt = (index: number) => WindowStatement | undefined

/** From, and up to before. */
export type Range = { from: number; to: number }

/** More are not asked for at once: nobody sees so many lines. */
const windowsMax = 6

type Statements = { statementAt: StatementAt; error: Error | null; retry: () => void }

/** `beside`: what came another way: around the moment that was gone to, or from a session that goes on. */
export function useStatements(
  session: string,
  total: number,
  ranges: readonly Range[],
  beside: readonly (readonly WindowStatement[])[],
): Statements {
  const numbers = windowsOf(ranges, total).filter(
    (number) => !isCovered(number, total, beside.at(-1) ?? []),
  )
  const answers = useQueries({
    queries: numbers.map((number) =>
      statementWindow(session, number, Math.min(windowSize, total - number * windowSize)),
    ),
  })
  const windows = new Map(numbers.map((number, at) => [number, answers[at]?.data?.statements]))
  return {
    statementAt: (index) => {
      for (const some of beside) {
        const found = some[index - (some[0]?.index ?? 0)]
        if (found?.index === index) return found
      }
      return windows.get(Math.floor(index / windowSize))?.[index % windowSize]
    },
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    retry: () => {
      for (const { error, refetch } of answers) if (error !== null) void refetch()
    },
  }
}

function windowsOf(ranges: readonly Range[], total: number): number[] {
  const numbers = new Set<number>()
  for (const { from, to } of ranges) {
    const last = Math.min(to, total) - 1
    for (
      let number = Math.floor(Math.max(0, from) / windowSize);
      number * windowSize <= last && numbers.size < windowsMax;
      number++
    ) {
      numbers.add(number)
    }
  }
  return [...numbers]
}

function isCovered(number: number, total: number, tail: readonly WindowStatement[]): boolean {
  const [first, last] = [tail[0], tail.at(-1)]
  if (first === undefined || last === undefined) return false
  const from = number * windowSize
  return first.index <= from && last.index >= Math.min(total, from + windowSize) - 1
}
