/** The time zone that the page is read in: `tz` of its address. */
import { useSearch } from '@tanstack/react-router'

export function useZone(): string {
  return useSearch({ strict: false, select: ({ tz }) => tz }) ?? 'UTC'
}
