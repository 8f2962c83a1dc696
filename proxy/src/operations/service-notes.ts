/** Sentences for /readyz: why no new session can be recorded, and what callers of some connections will meet. Pure. */
import type { Journal } from '@gatetrail/eventlog'

/** Why new sessions cannot be put on record; empty: they can. */
export function journalNotes(
  journal: Pick<Journal, 'accepting' | 'stats'>,
  bytesMax: number,
): string[] {
  if (journal.accepting) return []
  const { failed, spaceLow, lastError, backlogBytes } = journal.stats()
  if (failed)
    return [`the journal cannot be written${lastError === undefined ? '' : `: ${lastError}`}`]
  if (spaceLow) return ['the disk of the journal is nearly full: no new sessions']
  return [
    `the journal is full: ${backlogBytes} of ${bytesMax} bytes were not taken over yet, no new sessions`,
  ]
}

/** Connections whose target does not tell what it holds: they refuse what they cannot judge, the others serve. */
export function catalogueNotes(
  connections: Iterable<{
    configuration: { name: string }
    catalogue: { failure(): string | undefined }
  }>,
): string[] {
  return [...connections].flatMap(({ configuration, catalogue }) => {
    const failure = catalogue.failure()
    return failure === undefined
      ? []
      : [
          `connection ${configuration.name}: the catalogue of its target cannot be read (${failure})`,
        ]
  })
}
