/**
 * Fetches JSON documents of an issuer. Every address that a host resolves to is checked while connecting, so that no second
 * DNS answer comes between check and use. Bounded in time and size; follows no redirect.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { GatetrailError, isGatetrailError, limits } from '@gatetrail/schemas'
import { Agent, buildConnector, request } from 'undici'
import { checkAddress, checkUrl, type AddressClass } from './address-rule.ts'

export type ResolveHost = (
  host: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

/** How the network is reached; for tests. */
export type NetworkOptions = {
  /** Default: the system's resolver. */
  readonly resolveHost?: ResolveHost
  /** PEM of further certificate authorities. Default: the system roots. */
  readonly ca?: string
}

export type GuardedRequest = {
  /** @throws GatetrailError ISSUER_ADDRESS_REFUSED, ISSUER_UNAVAILABLE */
  getJson(url: string): Promise<unknown>
  close(): Promise<void>
}

const addressesMax = 32

export function createGuardedRequest(
  issuerClass: AddressClass,
  network: NetworkOptions = {},
): GuardedRequest {
  const connect = buildConnector({
    timeout: limits.jwks.timeoutMs,
    lookup: guardedLookup(issuerClass, network.resolveHost ?? resolveWithSystem),
    ...(network.ca !== undefined && { ca: network.ca }),
  })
  const agent = new Agent({
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 1000,
    headersTimeout: limits.jwks.timeoutMs,
    bodyTimeout: limits.jwks.timeoutMs,
    connect: (options, callback) => {
      // A host that is an address is never looked up.
      const host = options.hostname.replace(/^\[|\]$/g, '')
      try {
        if (isIP(host) !== 0) checkAddress(host, issuerClass, host)
      } catch (error) {
        callback(error instanceof Error ? error : new Error('refused'), null)
        return
      }
      connect(options, callback)
    },
  })
  return {
    async getJson(text) {
      const url = checkUrl(text, issuerClass)
      try {
        return await get(url, agent)
      } catch (error) {
        throw asGatetrailError(error, url)
      }
    },
    close: () => agent.destroy(),
  }
}

async function get(url: URL, agent: Agent): Promise<unknown> {
  const response = await request(url, {
    dispatcher: agent,
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    signal: AbortSignal.timeout(limits.jwks.timeoutMs),
  })
  if (response.statusCode !== 200) {
    await response.body.dump({ limit: 4096 })
    if (response.statusCode >= 300 && response.statusCode < 400) {
      throw new GatetrailError(
        'ISSUER_ADDRESS_REFUSED',
        `${url.host} answered with a redirect, which is not followed.`,
        { hint: 'Configure the address that it leads to.' },
      )
    }
    throw new GatetrailError(
      'ISSUER_UNAVAILABLE',
      `${url.host} answered with status ${response.statusCode}.`,
    )
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    if (!(chunk instanceof Uint8Array)) break
    length += chunk.length
    if (length > limits.jwks.bytesMax) {
      // Leaving the loop ends the connection.
      throw new GatetrailError(
        'ISSUER_UNAVAILABLE',
        `The answer of ${url.host} has more than ${limits.jwks.bytesMax} bytes.`,
      )
    }
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** Refuses a host if any of its addresses is refused: which one would be used is nobody's promise. */
function guardedLookup(issuerClass: AddressClass, resolveHost: ResolveHost): LookupFunction {
  return (host, options, callback) => {
    resolveHost(host, (error, addresses) => {
      const first = addresses[0]
      if (error !== null || first === undefined || addresses.length > addressesMax) {
        callback(error ?? new Error('the name has no address, or too many'), '')
        return
      }
      try {
        for (const { address } of addresses) checkAddress(address, issuerClass, host)
      } catch (refusal) {
        callback(refusal instanceof Error ? refusal : new Error('refused'), '')
        return
      }
      if (options.all === true) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }
}

function resolveWithSystem(...[host, callback]: Parameters<ResolveHost>): void {
  systemLookup(host, { all: true }, (error, addresses) => callback(error, addresses ?? []))
}

function asGatetrailError(error: unknown, url: URL): GatetrailError {
  if (isGatetrailError(error)) return error
  if (error instanceof Error && isGatetrailError(error.cause)) return error.cause
  return new GatetrailError('ISSUER_UNAVAILABLE', `${url.host} could not be asked for its keys.`, {
    cause: error,
    hint: 'Check that the issuer runs and can be reached from this machine.',
  })
}
