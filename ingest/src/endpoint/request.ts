/**
 * A request of ClickHouse's HTTP interface: who asks, in which database, with which settings and parameters, how it wants
 * the answer. Pure. https://clickhouse.com/docs/interfaces/http
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ClickHouseError } from './exception.ts'

export type Credentials = { user: string; password: string }

export type EndpointRequest = {
  credentials: Credentials
  queryId: string
  /** Of the URL; the rest of the statement, or the data of an INSERT, is in the body. */
  query: string
  database: string | undefined
  format: string | undefined
  /** `param_name` → value, as the client wrote it. */
  parameters: ReadonlyMap<string, string>
  settings: ReadonlyMap<string, string>
  /** The whole answer is made before its first byte leaves. */
  waitEndOfQuery: boolean
  answerGzip: boolean
  bodyEncoding: string | undefined
}

const settingsMax = 100
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** What the HTTP layer of ClickHouse knows: no settings of the engine. */
const ofTransport = new Set([
  'user',
  'password',
  'query',
  'query_id',
  'database',
  'default_format',
  'wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'quota_key',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'client_protocol_version',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'http_write_exception_in_output_format',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'add_http_cors_header',
  'cancel_http_readonly_queries_on_client_close',
  'http_make_head_request',
  'http_native_compression_disable_checksumming_on_decompress',
])

/** @throws ClickHouseError where it contradicts itself, or asks for what is not offered */
export function readRequest(
  url: URL,
  headers: IncomingHttpHeaders,
  makeQueryId: () => string,
): EndpointRequest {
  const { searchParams } = url
  for (const name of ['compress', 'decompress', 'session_id']) {
    const value = searchParams.get(name)
    if (value !== null && value !== '' && value !== '0')
      throw new ClickHouseError(48, 'NOT_IMPLEMENTED', `${name} is not offered by this endpoint`)
  }
  const parameters = new Map<string, string>()
  const settings = new Map<string, string>()
  for (const [name, value] of searchParams) {
    if (parameters.size + settings.size >= settingsMax)
      throw new ClickHouseError(36, 'BAD_ARGUMENTS', `more than ${settingsMax} settings`)
    if (name.startsWith('param_')) parameters.set(checked(name.slice('param_'.length)), value)
    else if (!ofTransport.has(name)) settings.set(checked(name), value)
  }
  const database = searchParams.get('database') ?? text(headers['x-clickhouse-database'])
  const format = searchParams.get('default_format') ?? text(headers['x-clickhouse-format'])
  const acceptsGzip = /\bgzip\b/.test(text(headers['accept-encoding']) ?? '')
  return {
    credentials: credentialsOf(searchParams, headers),
    queryId: (searchParams.get('query_id') ?? '').replace(/[^\x20-\x7e]/g, '') || makeQueryId(),
    query: searchParams.get('query') ?? '',
    database: database === undefined || database === '' ? undefined : checked(database),
    format: format === undefined || format === '' ? undefined : checked(format),
    parameters,
    settings,
    waitEndOfQuery: isOn(searchParams.get('wait_end_of_query')),
    answerGzip: acceptsGzip && isOn(searchParams.get('enable_http_compression')),
    bodyEncoding: text(headers['content-encoding']),
  }
}

/** Three ways to say who asks, of which a request may use one. */
function credentialsOf(search: URLSearchParams, headers: IncomingHttpHeaders): Credentials {
  const ways: Credentials[] = []
  const user = text(headers['x-clickhouse-user'])
  const key = text(headers['x-clickhouse-key'])
  if (user !== undefined || key !== undefined)
    ways.push({ user: user ?? 'default', password: key ?? '' })
  const { authorization } = headers
  if (authorization !== undefined) {
    const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
    if (encoded === undefined)
      throw new ClickHouseError(516, 'AUTHENTICATION_FAILED', 'only Basic authentication is known')
    const decoded = Buffer.from(encoded, 'base64').toString('utf8')
    const colon = decoded.indexOf(':')
    ways.push({
      user: colon < 0 ? decoded : decoded.slice(0, colon),
      password: colon < 0 ? '' : decoded.slice(colon + 1),
    })
  }
  if (search.has('user') || search.has('password'))
    ways.push({ user: search.get('user') ?? 'default', password: search.get('password') ?? '' })
  const [first, second] = ways
  if (second !== undefined)
    throw new ClickHouseError(
      516,
      'AUTHENTICATION_FAILED',
      'credentials came in more than one way at once',
    )
  return first ?? { user: 'default', password: '' }
}

function checked(name: string): string {
  if (!identifier.test(name))
    throw new ClickHouseError(36, 'BAD_ARGUMENTS', 'a name in the URL is no identifier')
  return name
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '' && value !== '0' && value !== 'false'
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
