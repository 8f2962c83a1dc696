import { describe, expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { ipAddressDetectors } from './ip-address.ts'
import { macAddressDetectors } from './mac-address.ts'

const rules = new Ruleset([...ipAddressDetectors, ...macAddressDetectors])
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function find(text: string, names: readonly string[] = []): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, { names })
    .map(({ start, end, entity }) => `${entity}:${decoder.decode(bytes.subarray(start, end))}`)
}

describe('IP addresses', () => {
  it.each([
    ['from 203.0.113.7.', '203.0.113.7'],
    ['"203.0.113.7:5432"', '203.0.113.7'],
    ['route 203.0.113.0/24 via', '203.0.113.0/24'],
    ['http://203.0.113.7/x', '203.0.113.7'],
    ['node1/203.0.113.7:9000', '203.0.113.7'],
    ['x\\n203.0.113.7\\n', '203.0.113.7'],
    ['2001:db8::77', '2001:db8::77'],
    ['[2001:DB8:0:1::77]:443', '2001:DB8:0:1::77'],
    ['IPv6:2001:db8::77 ', '2001:db8::77'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
    ['ping ::1', '::1'],
    ['fe80::77%eth1 up', 'fe80::77%eth1'],
    ['2001:db8:7::/48', '2001:db8:7::/48'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['64:ff9b::203.0.113.7/96', '64:ff9b::203.0.113.7/96'],
    ['listen on ip ::', '::'],
  ])('are found in %s', (text, expected) => {
    expect(find(text)).toEqual([`IP_ADDRESS:${expected}`])
  })

  it.each([
    '203.0.113.256',
    '203.0.113',
    '203.0.113.7.1',
    '1.3.6.1.4.1.311',
    '203.00.113.7',
    'version 10.2.3.4',
    'see section 3.1.4.2 of it',
    '(Fig. 2.3.4.1)',
    'Version: 10.2.3.4',
    'v10.2.3.4',
    '10.2.3.4-rc1',
    '10.2.3.4-beta.2',
    'Chrome/120.0.0.0 Safari/537.36',
    'Chrome/119.1.2.3',
    '12:30:45',
    '2024-01-15T12:30:45.123',
    '12:30',
    'std::vector<int>::size',
    ':::',
    'a::b::c',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '2001:db8::1::2',
    '2001:db8:12345::1',
    '20:30:40:50',
  ])('are none in %s', (text) => {
    expect(find(text)).toEqual([])
  })
})

describe('hardware addresses', () => {
  it.each([
    ['eth0 00:00:5e:00:53:af', '00:00:5e:00:53:af'],
    ['00-00-5E-00-53-AF', '00-00-5E-00-53-AF'],
    ['ad-be-5e-fa-ce-af', 'ad-be-5e-fa-ce-af'],
    ['ad:be:5e:fa:ce:af', 'ad:be:5e:fa:ce:af'],
    ['arp 0000.5e00.53af', '0000.5e00.53af'],
    ['adbe.5efa.ceaf', 'adbe.5efa.ceaf'],
    ['02:00:5e:10:00:00:00:01', '02:00:5e:10:00:00:00:01'],
    ['00 00 5e 00 53 af', '00 00 5e 00 53 af'],
    ['MAC 00005e0053af', '00005e0053af'],
    ['"00005E0053AF"', '00005E0053AF'],
  ])('are found in %s', (text, expected) => {
    expect(find(text)).toEqual([`MAC_ADDRESS:${expected}`])
  })

  it.each([
    '00:00:5e:00:53',
    '00:00:5e:00:53:af:01',
    '43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8',
    'broadcast ff:ff:ff:ff:ff:ff',
    'none 00:00:00:00:00:00',
    'x00:00:5e:00:53:af',
    '00:00:5e-00:53:af',
    '7f 45 4c 46 02 01 01 00 00 00',
    'in 00 00 5e 00 53 af of',
    'container 00005e0053af up',
    'face-to-face, re-add-ed',
    '10 20 30 40 50 60',
  ])('are none in %s', (text) => {
    expect(find(text).filter((one) => one.startsWith('MAC'))).toEqual([])
  })

  it('are digits alone only where the column says so, or nothing else is known', () => {
    expect(find('00005e0053af', ['span', 'id'])).toEqual([])
    expect(find('00005e0053af', ['mac'])).toEqual(['MAC_ADDRESS:00005e0053af'])
    expect(find('00005e0053af')).toEqual(['MAC_ADDRESS:00005e0053af'])
  })
})
