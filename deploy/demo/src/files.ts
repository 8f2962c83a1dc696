/** Small files of the demo that are made once and kept: secrets, ids, ports. */
import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { z } from 'zod'

/** Reads a secret, or makes it: 32 random bytes as base64url, mode 0600. */
export async function secretFrom(file: string): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => undefined)
  if (found !== undefined && found.length > 0) return found
  const secret = randomBytes(32).toString('base64url')
  await writePrivately(file, secret)
  return secret
}

/** Writes a file of mode 0600 so that a reader sees the old or the new content, never half of it. */
export async function writePrivately(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
}

const portsSchema = z.object({ postgres: z.int(), issuer: z.int() })
export type DemoPorts = z.infer<typeof portsSchema>

/** The ports of before where they are free, else new ones. Tokens name the issuer by its port, so it should stay. */
export async function choosePorts(file: string): Promise<DemoPorts> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  const before = portsSchema.partial().safeParse(JSON.parse(text)).data ?? {}
  const postgres = await freePort(before.postgres)
  let issuer = await freePort(before.issuer)
  if (issuer === postgres) issuer = await freePort(undefined)
  const ports = { postgres, issuer }
  await writePrivately(file, JSON.stringify(ports))
  return ports
}

async function freePort(wanted: number | undefined): Promise<number> {
  return (await tryPort(wanted ?? 0)) ?? (await tryPort(0)) ?? 0
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
