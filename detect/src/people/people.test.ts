import { describe, expect, it } from 'vitest'
import { Ruleset, type FindOptions } from '../find-spans.ts'
import { peopleDetectors } from './index.ts'

const rules = new Ruleset(peopleDetectors)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function find(text: string, options?: FindOptions): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, options)
    .map((span) => `${span.entity}:${decoder.decode(bytes.subarray(span.start, span.end))}`)
}

describe('dates of birth', () => {
  it.each([
    ['Date of birth: 1984-03-27', '1984-03-27'],
    ['{"dateOfBirth":"1984-03-27"}', '1984-03-27'],
    ['"dateOfBirth":"1984-03-27T00:00:00Z"', '1984-03-27'],
    ['dob=03/27/1984', '03/27/1984'],
    ['DOB: 27.3.84', '27.3.84'],
    ['she was born on 3/27/1984. Her name', '3/27/1984'],
    ['born March 27, 1984 in', 'March 27, 1984'],
    ['born on 27 March 1984', '27 March 1984'],
    ['born on the 27th of March 1984', '27th of March 1984'],
    ['geboren am 27. März 1984', '27. März 1984'],
    ['geb. 27.03.1984', '27.03.1984'],
    ['Geburtsdatum 27. 3. 1984', '27. 3. 1984'],
    ['née le 27 mars 1984', '27 mars 1984'],
    ['fecha de nacimiento: 27-03-1984', '27-03-1984'],
    ['birth_date 19840327', '19840327'],
    ['date of birth 27-Mar-1984', '27-Mar-1984'],
  ])('in %j one is found', (text, date) => {
    expect(find(text)).toEqual([`DATE_OF_BIRTH:${date}`])
  })

  it.each([
    '1984-03-27',
    'created 1984-03-27',
    'adobe 27.3.84',
    'reborn 1984-03-27',
    'born in 1984',
    'birthplace 1984-03-27',
    'born 12.5.6.7',
    'dob: 192.168.10.12',
    'birth weight 3250',
    'date of birth: 1984-13-45',
    'born\n1984-03-27',
  ])('in %j none is', (text) => {
    expect(find(text)).toEqual([])
  })
})

describe('people', () => {
  it.each([
    ['Mr. Souza called', 'Souza'],
    ['with Mrs Ana-María van der Berg, and', 'Ana-María van der Berg'],
    ['Dr. J. Novák', 'J. Novák'],
    ['Frau Müller', 'Müller'],
    ['Mr. Dr. Ana Souza', 'Ana Souza'],
    ['Dear Ana,', 'Ana'],
    ['first_name: "Ana"', 'Ana'],
    ['{"lastName":"Souza","x":1}', 'Souza'],
    ['Patient name: Ana Souza', 'Ana Souza'],
    ["surname='O'Neill'", "O'Neill"],
    ['My name is Ana Souza and', 'Ana Souza'],
    ['Patient: Ana Souza', 'Ana Souza'],
  ])('in %j one is found', (text, name) => {
    expect(find(text)).toEqual([`PERSON:${name}`])
  })

  it('are possible where only a name is spoken of', () => {
    expect(find('"name":"Ana Souza"')).toEqual([])
    expect(find('"name":"Ana Souza"', { levelMin: 'possible' })).toEqual(['PERSON:Ana Souza'])
  })

  it.each([
    'Mr. Mr.',
    'Mr Postman_2',
    'MS SQL Server',
    'Dear all,',
    'Dear Sir or Madam,',
    'Dear Customer,',
    'lastName: String',
    'firstName: undefined',
    'first_name VARCHAR(20)',
    'fileName: Readme',
    'surname.toLowerCase()',
    'firstName = Foo.bar',
    'impatient: Users',
    'DrName: X',
  ])('in %j none is', (text) => {
    expect(find(text)).toEqual([])
  })
})

describe('addresses', () => {
  it.each([
    ['12 Main Street', '12 Main Street'],
    [
      'lives at 1204 North Elm St, Apt 4B, Springfield, IL 62704 since',
      '1204 North Elm St, Apt 4B, Springfield, IL 62704',
    ],
    ['ship to 12A Old Mill Road, and', '12A Old Mill Road'],
    ['742 Evergreen Terrace, Springfield', '742 Evergreen Terrace'],
    ['"221 W. 4th Ave. Suite 12"', '221 W. 4th Ave. Suite 12'],
    ['1 Infinite Blvd, Cupertino CA 95014', '1 Infinite Blvd, Cupertino CA 95014'],
    ['Hauptstraße 12a, Berlin', 'Hauptstraße 12a'],
    // What one street looked at in vain is another's number.
    ['St 12 St Main St ', '12 St Main St'],
    ['the 5 St Elm Rd Oak Ln ', '5 St Elm Rd Oak Ln'],
    ['P.O. Box 1234', 'P.O. Box 1234'],
  ])('in %j one is found', (text, address) => {
    expect(find(text)).toEqual([`ADDRESS:${address}`])
  })

  it.each([
    'Main Street',
    'a 3 way street',
    'Street 12',
    'The Road to 2024',
    'version 1.5 Main St',
    '12 main street',
    'Sesame Street 1969',
    'see 12 Angry Men, Drive',
    'C:\\Drive D 12',
    'Wall Street, 12 Dec',
    'In 2019 Supreme Court judges',
    'see 5 Google Drive folders',
    'businesses since 2015 Main Street',
    'Copyright (c) 2011 Gary Court.',
    'Chapter 12 Wall Street',
    '12 Elm Oak Ash Fir Ivy St Rd ',
  ])('in %j none is', (text) => {
    expect(find(text)).toEqual([])
  })
})
