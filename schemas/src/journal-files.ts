/**
 * The small JSON documents that lie beside records in a journal directory, as writers, readers and verifiers in different
 * processes exchange them. Made and read by eventlog/.
 *
 *   journal/<writer>/00000001.segment   first a frame with a segment header, then frames with records
 *   journal/<writer>/finished.json      the writer closed in order, or a successor recovered it
 *   ingest/…/<writer>.json              how far a reader has durably taken over the writer's records
 */
import { z } from 'zod'

export const journalFormat = 1

/** `[session, last seq, wall clock µs of its last record]`, so that recovery reads one segment, not all. */
const openSession = z.tuple([z.string(), z.int(), z.int()])

export const segmentHeaderSchema = z.strictObject({
  format: z.literal(journalFormat),
  writer: z.string(),
  segment: z.int().positive(),
  firstPosition: z.int().min(0).describe('Of the first record in this segment.'),
  tenant: z.string(),
  version: z.string().describe('Of the product that wrote it.'),
  openSessions: z
    .array(openSession)
    .nullable()
    .describe('Sessions open when the segment began; null: too many, look in the one before.'),
})

export const finishedMarkerSchema = z.strictObject({
  format: z.literal(journalFormat),
  writer: z.string(),
  state: z.enum(['closed', 'recovered']),
  by: z.string().describe('The writer that wrote this: itself, or its successor.'),
  lastPosition: z.int().min(-1),
})

export const readerPositionSchema = z.strictObject({
  format: z.literal(journalFormat),
  writer: z.string(),
  nextPosition: z.int().min(0).describe('All before it is durably taken over.'),
  segment: z.int().min(0).describe('Where nextPosition is to be found; 0: not begun.'),
  offset: z.int().min(0),
})

export type SegmentHeader = z.infer<typeof segmentHeaderSchema>
export type FinishedMarker = z.infer<typeof finishedMarkerSchema>
export type ReaderPosition = z.infer<typeof readerPositionSchema>
