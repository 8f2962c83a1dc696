/** Changes to what one side of a dialogue says: of bits, of lengths, of frames, of their order. Pure, by a seeded random. */
import type { Random } from './random.ts'

export type Mutation = keyof typeof mutations

const edgeLengths = [
  0, 1, 3, 4, 5, 0x7f, 0xffff, 0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
]
const frameTypes = 'QPBDECSHXdcfFpRZTKNAGWVtn123s?\0\xff'

const below = (random: Random, bound: number): number => Math.floor(random() * bound)

const mutations = {
  bits(bytes: Buffer, random: Random): Buffer {
    const changed = Buffer.from(bytes)
    for (let count = 1 + below(random, 8); count > 0 && changed.length > 0; count--) {
      changed[below(random, changed.length)]! ^= 1 << below(random, 8)
    }
    return changed
  },
  bytes(bytes: Buffer, random: Random): Buffer {
    const at = below(random, bytes.length + 1)
    const noise = Buffer.from(
      Array.from({ length: 1 + below(random, 40) }, () => below(random, 256)),
    )
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + below(random, 20))])
  },
  cut(bytes: Buffer, random: Random): Buffer {
    return bytes.subarray(0, below(random, bytes.length))
  },
  frameLength: ofFrame((frame, random) => {
    const changed = Buffer.from(frame)
    const edge = edgeLengths[below(random, edgeLengths.length)]!
    const near = Math.max(0, frame.length - 1 + below(random, 9) - 4)
    changed.writeUInt32BE(random() < 0.5 ? edge : near, 1)
    return [changed]
  }),
  innerLength: ofFrame((frame, random) => {
    // Counts and lengths inside of a frame have two or four bytes.
    const changed = Buffer.from(frame)
    if (frame.length < 9) return [changed]
    const at = 5 + below(random, frame.length - 8)
    changed.writeUInt32BE(edgeLengths[below(random, edgeLengths.length)]!, at)
    return [changed]
  }),
  frameType: ofFrame((frame, random) => {
    const changed = Buffer.from(frame)
    changed[0] = frameTypes.charCodeAt(below(random, frameTypes.length))
    return [changed]
  }),
  duplicate: ofFrame((frame, random) => Array.from({ length: 2 + below(random, 3) }, () => frame)),
  remove: ofFrame(() => []),
  reorder(bytes: Buffer, random: Random): Buffer {
    const frames = framesOf(bytes)
    for (let count = 1 + below(random, 4); count > 0; count--) {
      const [moved] = frames.splice(below(random, frames.length), 1)
      if (moved !== undefined) frames.splice(below(random, frames.length + 1), 0, moved)
    }
    return Buffer.concat(frames)
  },
} satisfies Record<string, (bytes: Buffer, random: Random) => Buffer>

const names = Object.keys(mutations) as Mutation[]

/** One to three changes. Says which by `onMutation`. */
export function mutate(
  bytes: Buffer,
  random: Random,
  onMutation: (mutation: Mutation) => void,
): Buffer {
  let changed = bytes
  for (let count = 1 + below(random, 3); count > 0; count--) {
    const name = names[below(random, names.length)]!
    changed = mutations[name](changed, random)
    onMutation(name)
  }
  return changed
}

/** The same bytes in pieces of random lengths. */
export function cutAnywhere(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  const most = random() < 0.3 ? 3 : 400
  for (let at = 0; at < bytes.length;) {
    const length = 1 + below(random, most)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

function ofFrame(
  change: (frame: Buffer, random: Random) => Buffer[],
): (bytes: Buffer, random: Random) => Buffer {
  return (bytes, random) => {
    const frames = framesOf(bytes)
    const at = below(random, frames.length)
    const frame = frames[at]
    if (frame === undefined || frame.length < 5) return bytes
    frames.splice(at, 1, ...change(frame, random))
    return Buffer.concat(frames)
  }
}

/** What cannot be a frame is the last one. */
function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = at + 5 <= bytes.length ? Math.max(5, 1 + bytes.readUInt32BE(at + 1)) : 5
    frames.push(bytes.subarray(at, at + length))
    at += length
  }
  return frames
}
