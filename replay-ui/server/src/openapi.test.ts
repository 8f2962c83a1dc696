import { expect, test } from 'vitest'
import { renderOpenApi } from './openapi.ts'

type Parameter = { name: string; description?: string; schema?: { description?: string } }
type Described = {
  summary?: string
  description?: string
  tags?: string[]
  parameters?: Parameter[]
  responses: Record<string, { description: string }>
}

test('the document says of every operation what it does, who may, what is given and what is refused', async () => {
  const document = JSON.parse(await renderOpenApi()) as {
    openapi: string
    info: { version: string }
    paths: Record<string, Record<string, Described>>
  }
  expect([document.openapi, document.info.version]).toEqual(['3.1.0', '1'])
  const lacking: string[] = []
  let operations = 0
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, one] of Object.entries(methods)) {
      operations++
      const of = `${method} ${path}`
      if (one.summary === undefined || one.summary.length < 10) lacking.push(`${of}: summary`)
      if (path.startsWith('/api/login') && path !== '/api/login/methods') continue
      if (one.description === undefined || one.tags?.length !== 1) lacking.push(`${of}: who may`)
      for (const { name, description, schema } of one.parameters ?? [])
        if (description === undefined && schema?.description === undefined)
          lacking.push(`${of}: ${name}`)
      for (const status of ['400', '401', '403', '404', '429', '503'])
        if (!((one.responses[status]?.description.length ?? 0) > 20))
          lacking.push(`${of}: ${status}`)
    }
  expect(lacking).toEqual([])
  expect(operations).toBeGreaterThan(40)
})
