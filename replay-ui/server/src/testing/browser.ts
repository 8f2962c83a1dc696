/** A browser for tests: follows redirects and keeps cookies by host and port. */
export class Browser {
  readonly cookies = new Map<string, Map<string, string>>()
  setCookies: string[] = []

  async open(address: string): Promise<Response> {
    let url = address
    for (let hop = 0; hop < 12; hop++) {
      const response = await this.send(url)
      const location = response.headers.get('location')
      if (location === null) return response
      url = new URL(location, url).href
    }
    throw new Error('too many redirects')
  }

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.cookies.get(new URL(url).host) ?? new Map<string, string>()
    this.cookies.set(new URL(url).host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...init.headers, cookie },
    })
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line)
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
}
