/**
 * Which requests may reach us at all. The Host header must be ours: otherwise a page of somebody else could point its name at
 * our loopback address (DNS rebinding). State changes with a cookie need our Origin and a header that forms cannot send.
 */
import { isIP } from 'node:net'
import type { Configuration } from '@gatetrail/schemas'

export type Origins = {
  /** Where browsers reach us: base of the login's redirect. */
  publicUrl: URL
  allowsHost(host: string | undefined): boolean
  allowsOrigin(origin: string | undefined, host: string | undefined): boolean
}

export function originsOf(configuration: Configuration): Origins {
  const publicUrl = new URL(configuration.web.publicUrl ?? `http://${configuration.listen.replay}`)
  const names = new Set([publicUrl.hostname, 'localhost', hostName(configuration.listen.replay)])
  const allowsHost = (host: string | undefined): boolean => {
    const name = host === undefined ? undefined : hostName(host)
    // An address can't be rebound, only a name can.
    return name !== undefined && (names.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0)
  }
  return {
    publicUrl,
    allowsHost,
    allowsOrigin: (origin, host) => {
      if (origin === undefined || !URL.canParse(origin)) return false
      if (origin === publicUrl.origin) return true
      return allowsHost(host) && new URL(origin).host === host
    },
  }
}

function hostName(host: string): string | undefined {
  const url = `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
