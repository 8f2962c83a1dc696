import { expect, it } from 'vitest'
import { reveals } from './reveals.ts'

it.each([
  'permit (principal, action == Action::"reveal", resource);',
  '// for the desk\n@id("x")\npermit (principal, action in [Action::"execute", Action::\n"reveal"], resource)\nwhen { true };',
  'permit (principal, action == Action:: // shows\n"reveal", resource);',
])('is said of a permit that names it: %j', (policy) => {
  expect(reveals(policy)).toBe(true)
})

it.each([
  'forbid (principal, action == Action::"reveal", resource);',
  '// never: Action::"reveal"\npermit (principal, action == Action::"execute", resource);',
  '@reason("not Action::\\"reveal\\"") permit (principal, action == Action::"execute", resource);',
  'permit (principal, action, resource) unless { action == Action::"reveal" };',
  '@id("permit") forbid (principal, action == Action::"reveal", resource);',
  '// permit\n',
])('is not said of %j', (policy) => {
  expect(reveals(policy)).toBe(false)
})
