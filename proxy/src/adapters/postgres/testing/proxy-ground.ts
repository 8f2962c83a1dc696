/** For tests of the whole proxy: what it stands on. A directory with an issuer's key and policies, and a journal. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSigningKey, openJournal, type Journal } from '@gatetrail/eventlog'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const testIssuer = 'https://ci.example.com'

export type ProxyGround = {
  /** Of the configuration: `jwks.json` and `all.cedar` lie there. */
  directory: string
  journal: Journal
  token(subject: string, claims: Record<string, unknown>, expires?: string): Promise<string>
  close(): Promise<void>
}

export async function proxyGround(policies: string): Promise<ProxyGround> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-proxy-'))
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }
  await writeFile(join(directory, 'jwks.json'), JSON.stringify({ keys: [jwk] }))
  await writeFile(join(directory, 'all.cedar'), policies)
  await mkdir(join(directory, 'journal'))
  const journal = await openJournal({
    directory: join(directory, 'journal'),
    signingKey: await loadSigningKey(join(directory, 'keys')),
    role: 'proxy',
    version: '0.0.0-test',
    tenant: 'default',
    durability: 'write',
    bytesMax: 2 ** 32,
    sessionBytesMax: 2 ** 32,
  })
  return {
    directory,
    journal,
    token: (subject, claims, expires = '5m') =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(testIssuer)
        .setAudience('gatetrail')
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey),
    async close() {
      await journal.close('shutdown')
      await rm(directory, { recursive: true, force: true })
    },
  }
}
