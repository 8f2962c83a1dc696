/** Every message at every state before a session is open: exactly the edges that are listed lead on (CVE-2026-107350). */
import { expect, test } from 'vitest'
import { message, requestCodes, startupMessage, uint32, untypedMessage } from '../messages.ts'
import { useDoorServer } from '../testing/door-server.ts'
import type { RawClient } from '../testing/raw-client.ts'

const doors = useDoorServer()

const startup = (user: string): Buffer => startupMessage(new Map([['user', user]]))
const bearer = Buffer.from('n,,\x01auth=Bearer a.b.c\x01\x01')
const password = message(0x70, Buffer.from('a.b.c\0'))
const choice = Buffer.from('OAUTHBEARER\0')

/** What leads on somewhere, under the name of its edge. */
const edges = {
  startup: startup('job'),
  ssl: untypedMessage(requestCodes.ssl),
  gss: untypedMessage(requestCodes.gssEncryption),
  cancel: untypedMessage(requestCodes.cancel, uint32(1), uint32(1)),
  password,
  saslInitial: message(0x70, choice, uint32(bearer.length), bearer),
  saslChoice: message(0x70, choice, uint32(0xffff_ffff)),
  saslResponse: message(0x70, bearer),
} satisfies Record<string, Buffer>

type Edge = keyof typeof edges

const states: Record<string, { reach: (client: RawClient) => Promise<void>; legal: Edge[] }> = {
  'at the start': { reach: () => Promise.resolve(), legal: ['startup', 'ssl', 'gss', 'cancel'] },
  'behind a refused GSSENCRequest': {
    reach: async (client) => void (await client.send(edges.gss).take(1)),
    legal: ['startup', 'ssl', 'cancel'],
  },
  'inside TLS': {
    reach: async (client) => {
      await client.send(edges.ssl).take(1)
      await client.upgrade()
    },
    legal: ['startup', 'cancel'],
  },
  'where the password is due': {
    reach: async (client) => void (await client.send(startup('job')).message()),
    legal: ['password'],
  },
  'where the SASL choice is due': {
    reach: async (client) => void (await client.send(startup('oauth')).message()),
    legal: ['saslInitial', 'saslChoice'],
  },
  'where the SASL response is due': {
    reach: async (client) => {
      await client.send(startup('oauth')).message()
      await client.send(edges.saslChoice).message()
    },
    legal: ['saslResponse'],
  },
}

/** Whether `bytes` lead on. What does not must end the connection with a violation. */
async function leadsOn(state: string, bytes: Buffer): Promise<boolean> {
  const client = await doors.open()
  await states[state]!.reach(client)
  client.send(bytes)
  if (bytes === edges.cancel && (await client.untilClosed()).length === 0) return true
  const first = (await client.take(1))[0]
  if (first !== 0x45) return true
  const rest = (await client.untilClosed()).toString('latin1')
  if (rest.includes('TOKEN_MALFORMED')) return true
  expect(rest).toMatch(/C08P01|C0A000/)
  return false
}

test.each(Object.entries(states))('%s only the listed edges lead on', async (state, { legal }) => {
  const leading: string[] = []
  for (const [edge, bytes] of Object.entries(edges)) {
    if (await leadsOn(state, bytes)) leading.push(edge)
  }
  expect(leading).toEqual(legal)
})

test.each(Object.keys(states))('%s no message of any type byte but p leads on', async (state) => {
  const leading: number[] = []
  const typed = state.startsWith('where')
  for (let first = 0; first < 256; first += 16) {
    const types = Array.from({ length: 16 }, (_, index) => first + index)
    const found = await Promise.all(
      types.map(async (type) => {
        // A handshake, and the answer that is due: both have their own tests.
        if (typed ? type === 0x70 : type === 0x16 || type === 0) return false
        return leadsOn(state, message(type, Buffer.from('a.b.c\0')))
      }),
    )
    leading.push(...types.filter((_, index) => found[index]))
  }
  expect(leading).toEqual([])
})
