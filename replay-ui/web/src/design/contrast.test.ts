/** WCAG 2.2 §1.4.3: text and its ground have a contrast of at least 4.5, light and dark. */
/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')

const pairs = [
  ...[
    'ground',
    'surface',
    'surface-sunken',
    'accent-ground',
    'warning-ground',
    'danger-ground',
  ].map((ground) => ['text', ground]),
  ...[
    'ground',
    'surface',
    'surface-sunken',
    'accent-ground',
    'danger-ground',
    'warning-ground',
  ].map((ground) => ['text-soft', ground]),
  ...['ground', 'surface', 'surface-sunken', 'accent-ground'].map((ground) => ['accent', ground]),
  ...['surface', 'surface-sunken', 'danger-ground', 'accent-ground'].map((ground) => [
    'danger',
    ground,
  ]),
  ...['surface', 'warning-ground', 'accent-ground'].map((ground) => ['warning', ground]),
  ['good', 'good-ground'],
  ['danger-text', 'danger'],
  ['accent-text', 'accent'],
]

describe.each([
  ['light', coloursOf(light)],
  ['dark', new Map([...coloursOf(light), ...coloursOf(dark)])],
])('%s', (_, colours) => {
  it.each(pairs)('%s can be read on %s', (text, ground) => {
    expect(contrast(colours.get(text ?? ''), colours.get(ground ?? ''))).toBeGreaterThanOrEqual(4.5)
  })
})

function coloursOf(text: string): Map<string, string> {
  const found = text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)
  return new Map([...found].map(([, name = '', colour = '']) => [name, colour]))
}

function contrast(one: string | undefined, other: string | undefined): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour = '#000000'): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
