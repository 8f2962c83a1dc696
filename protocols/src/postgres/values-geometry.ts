/** Binary points, boxes and the like as PostgreSQL writes them in text (utils/adt/geo_ops.c). Pure. */
import { doubleText } from './values-number.ts'

type Decode = (bytes: Uint8Array, view: DataView) => string | undefined

const pointBytes = 16

function point(view: DataView, at: number): string {
  return `(${doubleText(view.getFloat64(at))},${doubleText(view.getFloat64(at + 8))})`
}

function points(view: DataView, at: number, count: number): string {
  return Array.from({ length: count }, (_, index) => point(view, at + index * pointBytes)).join(',')
}

const ofPoints =
  (count: number, open: string, close: string): Decode =>
  (bytes, view) =>
    bytes.length === count * pointBytes ? open + points(view, 0, count) + close : undefined

export const pointText: Decode = ofPoints(1, '', '')
export const segmentText: Decode = ofPoints(2, '[', ']')
/** The upper right corner, then the lower left one. */
export const boxText: Decode = ofPoints(2, '', '')

/** u8 closed · i32 points · points. */
export function pathText(bytes: Uint8Array, view: DataView): string | undefined {
  const shown = countedPoints(bytes, view, 1)
  if (shown === undefined) return undefined
  return bytes[0] === 0 ? `[${shown}]` : `(${shown})`
}

/** i32 points · points. */
export function polygonText(bytes: Uint8Array, view: DataView): string | undefined {
  const shown = countedPoints(bytes, view, 0)
  return shown === undefined ? undefined : `(${shown})`
}

function countedPoints(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  if (bytes.length < at + 4) return undefined
  const count = view.getInt32(at)
  if (count < 0 || bytes.length !== at + 4 + count * pointBytes) return undefined
  return points(view, at + 4, count)
}

/** Ax + By + C = 0. */
export function lineText(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length !== 24) return undefined
  return `{${[0, 8, 16].map((at) => doubleText(view.getFloat64(at))).join(',')}}`
}

export function circleText(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length !== 24) return undefined
  return `<${point(view, 0)},${doubleText(view.getFloat64(16))}>`
}
