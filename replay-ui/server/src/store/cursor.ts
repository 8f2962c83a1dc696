/** Where a page ended, as an opaque text. Pure. */
import { GatetrailError } from '@gatetrail/schemas'
import type { z } from 'zod'

export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws GatetrailError REQUEST_INVALID */
export function decodeCursor<Position>(cursor: string, shape: z.ZodType<Position>): Position {
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new GatetrailError('REQUEST_INVALID', 'the cursor is not one of ours', {
      hint: 'Leave it out to begin at the first page.',
      cause,
    })
  }
}
