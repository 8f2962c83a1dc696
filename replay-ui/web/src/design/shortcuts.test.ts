import { expect, it } from 'vitest'
import { actionOf } from './shortcuts.tsx'

const pressed: string[] = []
const layer = (name: string, ...keys: string[]) => ({
  find: (key: string) =>
    keys.includes(key)
      ? { key, does: name, run: () => void pressed.push(`${name} ${key}`) }
      : undefined,
  help: () => void pressed.push(`${name} help`),
})
const press = (key: string, ...layers: ReturnType<typeof layer>[]) => {
  pressed.length = 0
  actionOf(key, layers)?.()
  return pressed
}

it('asks the page first, and the app for what the page has no use for', () => {
  const [app, page] = [layer('app', '/', 's'), layer('page', '/')]
  expect(press('/', app, page)).toEqual(['page /'])
  expect(press('s', app, page)).toEqual(['app s'])
  expect(press('x', app, page)).toEqual([])
  expect(press('/', app)).toEqual(['app /'])
})

it('shows the keys of the page, or of the app where the page has none', () => {
  expect(press('?', layer('app'), layer('page'))).toEqual(['page help'])
  expect(press('?', layer('app'))).toEqual(['app help'])
  expect(press('?')).toEqual([])
})
