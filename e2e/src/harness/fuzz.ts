/**
 * The protocol fuzzer: real dialogues, changed on the client's side, on the target's, or both, against the built product. What
 * must hold: the proxy is the same process and serves, its memory is bounded, no byte crosses that is not on record, and no value of
 * a tagged column reaches a client as long as its target says the truth.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { captureDialogues, type Dialogue } from './dialogues.ts'
import { cutAnywhere, mutate } from './mutate.ts'
import { createRandom, type Random } from './random.ts'
import { message, type RecordedClient } from './recorded-client.ts'
import { taggedColumns } from './shop.ts'
import { TappedPlatform } from './tapped-platform.ts'

const parallel = 12
const sessionsPerRound = 300
const quietMs = 60
const sessionMsMax = 1_500
const growthMiBMax = 512

/** Fuzzes for `seconds`. Prints what it did. Throws for the first session of which a byte is not on record. */
export async function fuzz(seconds: number, seed: number): Promise<void> {
  const tapped = await TappedPlatform.start(taggedColumns)
  const counts: Record<string, number> = { sessions: 0 }
  const add = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  try {
    const dialogues = await captureDialogues(tapped.platform, tapped.token)
    expect(dialogues.length).toBeGreaterThan(8)
    const memoryBefore = (await tapped.memory()).now
    const until = Date.now() + seconds * 1000
    // A session's random comes from its number: what runs beside it changes nothing in what it says.
    let number = 0
    while (Date.now() < until) {
      const end = number + sessionsPerRound
      const work = async (): Promise<void> => {
        while (number < end && Date.now() < until) {
          const sessionSeed = seed + number++
          const random = createRandom(sessionSeed)
          if (random() < 0.2) {
            add('front doors')
            await knock(tapped, random, add)
          } else {
            add('sessions')
            await runSession(tapped, dialogues, `fuzz-${inLetters(sessionSeed)}`, random, add)
          }
        }
      }
      await Promise.all(Array.from({ length: parallel }, work))
      await tapped.compare()
      await tapped.assertAlive()
      const { most } = await tapped.memory()
      expect(most - memoryBefore).toBeLessThan(growthMiBMax)
    }
    const { sessionsCompared, compared, waitedForTarget } = tapped
    const memory = await tapped.memory()
    console.log(
      `fuzz: seed ${seed}, ${dialogues.length} dialogues, ${sessionsCompared} sessions compared`,
      counts,
      compared,
      `${waitedForTarget} ended with their target`,
      `memory: ${Math.round(memoryBefore)} MiB before, ${Math.round(memory.most)} MiB at its most`,
    )
    await tapped.assertNoBugs()
    expect(sessionsCompared).toBe(counts['sessions'])
    expect(compared.bytesToTarget).toBeGreaterThan(1_000)
    expect(compared.bytesToClient).toBeGreaterThan(1_000)
  } catch (error) {
    console.log(`fuzz: seed ${seed}`, counts, await tapped.platform.logs())
    throw error
  } finally {
    await tapped.close()
  }
}

async function runSession(
  tapped: TappedPlatform,
  dialogues: readonly Dialogue[],
  sessionName: string,
  random: Random,
  add: (name: string) => void,
): Promise<void> {
  const dialogue = dialogues[Math.floor(random() * dialogues.length)]!
  const side = random()
  const changesClient = side < 0.6
  const changesTarget = side > 0.4
  const client = await tapped.session(sessionName, (name) => {
    if (!changesTarget) return
    // Not every answer: some must lead on to the next.
    tapped.tap.tampers.set(name, (answer) =>
      random() < 0.4 ? mutate(answer, random, (mutation) => add(`target ${mutation}`)) : answer,
    )
  })
  const bytes = changesClient
    ? mutate(dialogue.bytes, random, (mutation) => add(`client ${mutation}`))
    : dialogue.bytes
  await say(client, bytes, random)
  await client.settle(quietMs, sessionMsMax)
  if (client.closed) add('sessions ended by the proxy')
  // It leaves in any state, in order or not.
  if (random() < 0.5) client.socket.end()
  else client.socket.destroy()
}

/** A session's name must be on record as it is: the digits of its seed would do for a national id, which is masked, now and then. */
function inLetters(seed: number): string {
  return String(seed).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)
}

/** What is said before a session is open, changed. Mostly nobody is let in; who is, leaves. */
async function knock(
  tapped: TappedPlatform,
  random: Random,
  add: (name: string) => void,
): Promise<void> {
  const bearer = Buffer.from(`n,,\x01auth=Bearer ${tapped.token}\x01\x01`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bearer.length)
  const [start, answer] =
    random() < 0.5
      ? [startup('fuzz', random), message('p', `${tapped.token}\0`)]
      : [startup('oauth', random), message('p', Buffer.concat([Buffer.from('OAUTHBEARER\0'), length, bearer]))] // prettier-ignore
  const changed = (bytes: Buffer): Buffer =>
    random() < 0.6 ? mutate(bytes, random, (mutation) => add(`door ${mutation}`)) : bytes
  const socket = connect(tapped.platform.ports.postgres, '127.0.0.1')
  socket.on('error', () => undefined) // 'close' follows.
  const seen = { answers: 0, closed: false }
  socket.on('data', () => seen.answers++)
  socket.on('close', () => {
    seen.closed = true
  })
  if (random() < 0.3) socket.write(Buffer.from(random() < 0.5 ? sslRequest : gssRequest, 'hex'))
  for (const piece of cutAnywhere(changed(start), random)) socket.write(piece)
  for (let waited = 0; waited < 20 && seen.answers === 0 && !seen.closed; waited++) await sleep(5)
  for (const piece of cutAnywhere(changed(answer), random)) socket.write(piece)
  await sleep(20)
  if (!seen.closed) add('doors left open')
  socket.destroy()
}

const sslRequest = '0000000804d2162f'
const gssRequest = '0000000804d21630'

function startup(user: string, random: Random): Buffer {
  const version = [0x0003_0000, 0x0003_0002, 0x0003_270f][Math.floor(random() * 3)]!
  const parameters = ['user', user, 'database', 'orders', 'options', '-c geqo=off', '_pq_.x', '1']
  const bytes = Buffer.from(`\0\0\0\0\0\0\0\0${parameters.join('\0')}\0\0`)
  bytes.writeUInt32BE(bytes.length)
  bytes.writeUInt32BE(version, 4)
  return bytes
}

async function say(client: RecordedClient, bytes: Buffer, random: Random): Promise<void> {
  for (const piece of cutAnywhere(bytes, random)) {
    if (client.closed) return
    client.socket.write(piece)
    if (random() < 0.2) await sleep(0)
    if (random() < 0.02) await sleep(20)
  }
}
