import { describe, expect, it } from 'vitest'
import { classifyColumn } from './classify-column.ts'
import type { Column } from './column.ts'

const encoder = new TextEncoder()

/** `ENTITY/level`, or nothing. */
function classOf(column: Column, values?: readonly string[]): string {
  const found = classifyColumn({
    ...column,
    ...(values !== undefined && { values: values.map((value) => encoder.encode(value)) }),
  })
  return found === undefined ? '' : `${found.entity}/${found.level}`
}

describe('by name alone', () => {
  const likely: Record<string, string> = {
    EMAIL:
      'email, Email, EMAIL_ADDRESS, emailAddress, e-mail, customer_email, email2, primaryEmail, work email, emailaddress, mail, Correo electrónico, adresse_mail, E-Mail-Adresse',
    PHONE:
      'phone, Phone Number, phone_no, phone1, home_phone, phoneHome, mobile, mobileNumber, cellphone, fax, faxNumber, telephone, tel, contact_number, msisdn, Telefon, teléfono, numero_telefono, telefoonnummer, 手机号, phonenumber, customerphone',
    PERSON:
      'first_name, firstName, FIRSTNAME, last_name, surname, full name, fullname, givenName, family_name, middle_name, maiden_name, fname, lname, customer_name, employeeName, contact_name, patient_name, cardholder_name, Vorname, Nachname, prénom, nom_de_famille, apellidos, cognome, voornaam, 姓名, emergency_contact_name, nombre_cliente, composer, cust_nm, first_nm',
    ADDRESS:
      'address, address1, address_line_2, addressLine1, street, street_address, streetName, billing_address, shippingAddress, home address, Straße, Anschrift, dirección, indirizzo, adres, 地址',
    DATE_OF_BIRTH:
      'dob, DOB, birth_date, birthDate, birthdate, date_of_birth, dateOfBirth, DateofBirth, birthday, born, customer_dob, Geburtsdatum, fecha_de_nacimiento, date_naissance, data_di_nascita',
    CREDIT_CARD:
      'card_number, cardNumber, credit_card, creditCardNumber, credit_card_no, cc_number, ccnum, debit_card_number, CreditCard, kreditkartennummer, numero_tarjeta',
    US_SSN: 'ssn, SSN, customer_ssn, social_security_number, SocialSecurityNo, ssn_number',
    IBAN: 'iban, customer_iban, bank_iban, IBAN code',
    NATIONAL_ID:
      'national_id, nationalId, dni, cpf, aadhaar_number, nhs_number, pesel, personnummer, codice_fiscale, bsn, curp',
    US_PASSPORT: 'passport, passport_number, passportNo, reisepassnummer',
    US_DRIVER_LICENSE: 'drivers_license, driver_license_number, drivingLicence',
    IP_ADDRESS: 'ip, ip_address, ipAddress, IPAddress, client_ip, remote_addr, last_login_ip, ipv4',
    MAC_ADDRESS: 'mac_address, macAddress, macaddr, bssid',
    PASSWORD:
      'password, passwd, pwd, password_hash, hashedPassword, encrypted_password, user_pass, Passwort, contraseña, mot_de_passe',
    API_KEY:
      'api_key, apiKey, API_TOKEN, access_token, refreshToken, client_secret, reset_password_token, secret',
    PRIVATE_KEY: 'private_key, privateKey',
  }
  for (const [entity, names] of Object.entries(likely)) {
    it(`${entity} is likely in columns that are called so, in several languages and spellings`, () => {
      const wrong = names
        .split(', ')
        .filter((name) => classOf({ name }) !== `${entity}/likely`)
        .map((name) => `${name}: ${classOf({ name })}`)
      expect(wrong).toEqual([])
    })
  }

  it('names that only look alike are none', () => {
    const alike =
      'email_verified, email_count, is_email, email_sent_at, email_template, has_phone, phone_type, phone_verified, num_phones, address_id, address_type, ip_count, mac_os, title, username, user_name, userName, login, file_name, filename, product_name, company, company_name, hostname, table_name, event_name, brand_name, last_update, last_login, create_date, description, hire_date, order_id, customer_id, card_type, card_last4, card_expiry, card_brand, payment_id, amount, city, country, state, postal_code, place_of_birth, birth_country, password_changed_at, password_attempts, token_type, token_count, public_key, primary_key, web_address, memory_address, gift_card_number, passport_country, ssn_last4, author_id, composer_id, employee_number, customer_no, file_hash, email_hash, object_key, salary, namespace, renamed_at, version, category, genre, status, rating, special_features, first_seen, last_seen, is_first, email_last, street_count, telemetry, faxable, mailing_list_id, born_in'
    const wrong = alike
      .split(', ')
      .filter((name) => !['', 'possible'].includes(classOf({ name }).split('/').at(-1)!))
      .map((name) => `${name}: ${classOf({ name })}`)
    expect(wrong).toEqual([])
  })

  it("a name is a person's in a table of persons, or beside what only persons have", () => {
    for (const relation of [
      'customer',
      'customers',
      'Employees',
      'stg_customers_2024',
      'patient_data',
      'users',
      'public_users',
      'kunden',
    ])
      expect(`${relation} ${classOf({ name: 'name', relation })}`).toBe(`${relation} PERSON/likely`)
    for (const relation of [
      'film',
      'track',
      'products',
      'country',
      'roles',
      'files',
      'chinook_track',
      'user_roles',
    ])
      expect(`${relation} ${classOf({ name: 'name', relation })}`).toBe(`${relation} `)
    expect(classOf({ name: 'name', siblings: ['name', 'date_of_birth'] })).toBe('PERSON/likely')
    expect(classOf({ name: 'name', siblings: ['name', 'price'] })).toBe('PERSON/possible')
  })
})

describe('by type', () => {
  it('a type that cannot hold an entity takes it back', () => {
    expect(classOf({ name: 'email', type: 'boolean' })).toBe('')
    expect(classOf({ name: 'address', type: 'int4' })).toBe('')
    expect(classOf({ name: 'author', type: 'bigint' })).toBe('')
    expect(classOf({ name: 'phone', type: 'bool' })).toBe('')
    expect(classOf({ name: 'birth_date', type: 'date' })).toBe('DATE_OF_BIRTH/likely')
    expect(classOf({ name: 'phone', type: 'bigint' })).toBe('PHONE/likely')
    expect(classOf({ name: 'emails', type: 'character varying(80)[]' })).toBe('EMAIL/likely')
  })
  it('addresses of networks are told by their type', () => {
    expect(classOf({ name: 'seen_from', type: 'inet' })).toBe('IP_ADDRESS/likely')
    expect(classOf({ name: 'seen_from', type: 'inet' }, ['10.1.2.3/32', '10.1.2.4/32'])).toMatch(
      /^IP_/,
    )
    expect(classOf({ name: 'port', type: 'macaddr' })).toBe('MAC_ADDRESS/likely')
    expect(classOf({ name: 'network', type: 'cidr' })).toBe('')
  })
})

describe('by values', () => {
  const many = (make: (index: number) => string): string[] =>
    Array.from({ length: 40 }, (_, index) => make(index))

  it('values that agree with the name make it certain', () => {
    expect(
      classOf(
        { name: 'email' },
        many((i) => `user${i}@example.org`),
      ),
    ).toBe('EMAIL/certain')
    expect(
      classOf(
        { name: 'phone' },
        many((i) => `2025550${100 + i}`),
      ),
    ).toBe('PHONE/certain')
    expect(
      classOf(
        { name: 'dob' },
        many((i) => `19${50 + i}-03-1${i % 10}`),
      ),
    ).toBe('DATE_OF_BIRTH/certain')
    expect(
      classOf(
        { name: 'first_name' },
        many((i) => ['Zsófia', 'Ngozi', 'Bjarte'][i % 3]!),
      ),
    ).toBe('PERSON/certain')
  })
  it('values that are something else refute the name', () => {
    expect(
      classOf(
        { name: 'email' },
        many((i) => (i % 2 === 0 ? 'true' : 'false')),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'phone' },
        many((i) => ['home', 'work', 'other'][i % 3]!),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'address' },
        many((i) => String(i)),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'mobile' },
        many((i) => String(i % 2)),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'birthday' },
        many((i) => `${i} % off`),
      ),
    ).toBe('')
  })
  it('of blank values the name says no more than that it is possible', () => {
    expect(
      classOf(
        { name: 'phone' },
        many(() => ' '),
      ),
    ).toBe('PHONE/possible')
    expect(classOf({ name: 'phone' }, [])).toBe('PHONE/likely')
  })
  it('without a telling name most values decide', () => {
    const first = ['Anna', 'Peter', 'Maria', 'Thomas', 'Julia']
    expect(
      classOf(
        { name: 'c1' },
        many((i) => `user${i}@example.org`),
      ),
    ).toBe('EMAIL/certain')
    expect(
      classOf(
        { name: 'c2' },
        many((i) => `(202) 555-0${100 + i}`),
      ),
    ).toMatch(/^PHONE/)
    expect(
      classOf(
        { name: 'c3' },
        many((i) => `+49 30 2345${100 + i}`),
      ),
    ).toMatch(/^PHONE/)
    expect(
      classOf(
        { name: 'c4' },
        many((i) => `${first[i % 5]!} Nwosu`),
      ),
    ).toBe('PERSON/likely')
    expect(
      classOf(
        { name: 'c5' },
        many((i) => `${i + 1} Harbour Street, Apt ${i}`),
      ),
    ).toBe('ADDRESS/likely')
    expect(
      classOf(
        { name: 'c6' },
        many((i) => `536-9${i % 10}-4${100 + i}`),
      ),
    ).toBe('US_SSN/likely')
  })
  it('numbers without a mark are phone or security numbers only if all of many are, and begin variously', () => {
    const areas = [202, 305, 415, 512, 646, 718]
    const lots = (make: (index: number) => string) => Array.from({ length: 60 }, (_, i) => make(i))
    const security = (i: number) =>
      `${String((i * 97) % 640).padStart(3, '0')}${41 + (i % 9)}${1000 + 83 * i}`
    expect(
      classOf(
        { name: 'c1' },
        lots((i) => `${areas[i % 6]!}5550${100 + i}`),
      ),
    ).toBe('PHONE/likely')
    expect(
      classOf(
        { name: 'c2' },
        lots((i) => `07${700 + 3 * i}900${100 + i}`),
      ),
    ).toBe('PHONE/likely')
    expect(
      classOf(
        { name: 'c3' },
        lots((i) => security(i + 1)),
      ),
    ).toBe('US_SSN/likely')
    expect(
      classOf(
        { name: 'c3b' },
        lots((i) => `${8 + (i % 2)}${100 + 13 * i} ${1000 + 83 * i}`),
      ),
    ).toBe('PHONE/likely')
    // One after the other; epochs; random ids.
    expect(
      classOf(
        { name: 'c4' },
        lots((i) => String(2_125_550_000 + i)),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'c5' },
        lots((i) => String(1_600_000_000 + 86_400 * i)),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'c6' },
        lots((i) => String(1_000_000_007 + ((i * 7_919_987) % 8_999_999_999))),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'c7' },
        lots((i) => String(100_000_000 + ((i * 61_803_398) % 899_999_999))),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'order_id' },
        lots((i) => security(i + 1)),
      ),
    ).not.toMatch(/likely|certain/)
  })
  it('ids, dates, amounts, titles and notes are none', () => {
    expect(
      classOf(
        { name: 'order_id' },
        many((i) => String(1_000_000_000 + 7919 * i)),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'x' },
        many((i) => String(2_025_550_100 + i)),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'rental_date' },
        many((i) => `2005-05-${10 + (i % 20)} 22:53:30`),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'amount' },
        many((i) => `${i}.99`),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'title' },
        many((i) => `SILENT ORCHARD ${i}`),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'name' },
        many((i) => ['Wireless Mouse', 'Desk Lamp', 'Chair'][i % 3]!),
      ),
    ).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'note' },
        many((i) => `please write to user${i}@example.org about the delivery of last week`),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'version' },
        many((i) => `1.2.${i}`),
      ),
    ).toBe('')
  })
  it('numbers with check digits of goods and devices are no cards, amounts in thousands no phone numbers', () => {
    const withLuhn = (body: string): string => {
      let sum = 0
      for (let index = 0; index < body.length; index++) {
        const digit = Number(body.at(-1 - index)) * (index % 2 === 0 ? 2 : 1)
        sum += digit > 9 ? digit - 9 : digit
      }
      return body + String((10 - (sum % 10)) % 10)
    }
    const numbers = many((i) => withLuhn(`41111111111${1000 + 37 * i}`))
    expect(classOf({ name: 'c1' }, numbers)).toMatch(/^CREDIT_CARD/)
    expect(classOf({ name: 'device_imei' }, numbers)).not.toMatch(/likely|certain/)
    expect(
      classOf(
        { name: 'c2' },
        many((i) => `${i + 1} ${100 + i} ${200 + 3 * i}`),
      ),
    ).toBe('')
    expect(
      classOf(
        { name: 'c3' },
        many((i) => `${i + 100}.${100 + i}.${200 + 3 * i}`),
      ),
    ).toBe('')
  })
  it('a national id with the form of a social security number is one', () => {
    expect(
      classOf(
        { name: 'NationalID' },
        many((i) => `536-9${i % 10}-4${100 + i}`),
      ),
    ).toMatch(/^US_SSN/)
  })
  it('first and last are names beside each other and what only persons have', () => {
    const siblings = ['first', 'last', 'birthdate']
    expect(classOf({ name: 'FIRST', siblings })).toBe('PERSON/likely')
    expect(classOf({ name: 'first', siblings: ['first', 'last', 'high'] })).toBe('PERSON/possible')
    expect(classOf({ name: 'first_seen', siblings })).toBe('')
  })
  it('hashes of files and commits are no secrets, tokens are', () => {
    const hex = many((i) => (i * 2_654_435_761).toString(16).padStart(10, '0').repeat(4))
    for (const name of [
      'hash',
      'file_hash',
      'commit_sha',
      'content_hash',
      'checksum',
      'etag',
      'object_key',
    ])
      expect(`${name} ${classOf({ name }, hex)}`).toBe(`${name} `)
    expect(classOf({ name: 'token' }, hex)).toBe('API_KEY/likely')
  })
  it('a column called one thing that holds another is what it holds', () => {
    expect(
      classOf(
        { name: 'address' },
        many((i) => `user${i}@example.org`),
      ),
    ).toBe('EMAIL/certain')
    expect(
      classOf(
        { name: 'username' },
        many((i) => `user${i}@example.org`),
      ),
    ).toBe('EMAIL/certain')
  })
})
