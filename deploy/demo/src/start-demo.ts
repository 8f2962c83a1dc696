/** The demo role: PostgreSQL and the issuer at the same time, then the shop; the story when it is asked for. */
import { readFile } from 'node:fs/promises'
import { startPostgres } from './postgres/server.ts'
import type { PreparedDemo } from './prepare.ts'
import { seedShop } from './shop/seed.ts'
import { playStory } from './story/story.ts'

export type Demo = {
  /** Where the files of PostgreSQL are. */
  readonly postgresDirectory: string
  readonly issuerUrl: string
  /** Whether this start filled the shop. */
  readonly seeded: boolean
  /** Resolves when PostgreSQL has ended without being asked to. */
  readonly ended: Promise<void>
  /** @throws DEMO_FAILED */
  playStory(proxy: string, tell: (line: string) => void): Promise<void>
  /** In order, at most some seconds. */
  close(): Promise<void>
}

/**
 * Starts what `prepareDemo` prepared.
 * @param redirectUris where the web app may send people back to after they signed in
 * @throws DEMO_FAILED, PORT_TAKEN
 */
export async function startDemo(
  { paths, ports }: PreparedDemo,
  redirectUris: readonly string[],
): Promise<Demo> {
  const superuserPassword = await readFile(paths.superuserPassword, 'utf8')
  const applicationPassword = await readFile(paths.applicationPassword, 'utf8')
  // Loaded here: oidc-provider is large, and `gatetrail token` needs only the rest of this package.
  const { startIssuer } = await import('./issuer/issuer.ts')
  const issuer = await startIssuer(paths, ports.issuer, redirectUris)
  try {
    const postgres = await startPostgres(paths, ports.postgres, superuserPassword)
    try {
      const { seeded } = await seedShop(postgres, superuserPassword, applicationPassword)
      return {
        postgresDirectory: postgres.directory,
        issuerUrl: issuer.url,
        seeded,
        ended: postgres.ended,
        playStory: (proxy, tell) => playStory({ issuer, proxy, tell }),
        close: async () => {
          await issuer.close()
          await postgres.close()
        },
      }
    } catch (error) {
      await postgres.close()
      throw error
    }
  } catch (error) {
    await issuer.close()
    throw error
  }
}
