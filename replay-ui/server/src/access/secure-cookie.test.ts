import { csrfHeader } from '@gatetrail/replay-api'
import { expect, test } from 'vitest'
import { localToken, startTestReplay } from '../testing/start-test-replay.ts'

test('over https the cookie goes back to this host alone, and never without TLS', async () => {
  const secure = await startTestReplay({ publicUrl: 'https://trail.example.com' })
  try {
    const made = await fetch(`${secure.base}/api/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${localToken}` },
    })
    const { url } = (await made.json()) as { url: string }
    expect(url).toMatch(/^https:\/\/trail\.example\.com\/#link=[\w-]{43}$/)
    const answer = await fetch(`${secure.base}/api/login/link`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: 'https://trail.example.com',
        [csrfHeader]: 'web',
      },
      body: JSON.stringify({ code: new URL(url).hash.replace('#link=', '') }),
    })
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-gatetrail-session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=')
  } finally {
    await secure.close()
  }
})
