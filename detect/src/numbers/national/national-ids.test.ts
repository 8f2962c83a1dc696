import { describe, expect, it } from 'vitest'
import { Ruleset, type FindOptions } from '../../find-spans.ts'
import { nationalIdDetectors } from './index.ts'

const rules = new Ruleset(nationalIdDetectors)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Findings as `detector/level:text`. */
function find(text: string, options?: FindOptions): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, options)
    .map(
      (span) =>
        `${span.detector}/${span.level}:${decoder.decode(bytes.subarray(span.start, span.end))}`,
    )
}

/** Numbers that the issuers or encyclopedias give as examples: detector, number, a word that names it. */
const examples: readonly [detector: string, number: string, word: string][] = [
  ['es_nif', '12345678Z', 'DNI'],
  ['es_nif', '12345678-Z', 'DNI'],
  ['es_nie', 'Y1234567X', 'NIE'],
  ['it_codice_fiscale', 'RSSMRA80A01H501U', 'codice fiscale'],
  ['de_tax_id', '86095742719', 'Steuer-ID'],
  ['de_tax_id', '86 095 742 719', 'IdNr'],
  ['de_pension_id', '65170839J003', 'Rentenversicherungsnummer'],
  ['de_health_id', 'A123456780', 'KVNR'],
  ['fr_nir', '255081416802538', 'NIR'],
  ['fr_nir', '2 55 08 14 168 025 38', 'NIR'],
  ['gb_nhs', '943 476 5919', 'NHS'],
  ['gb_nhs', '9434765919', 'NHS'],
  ['nl_bsn', '111222333', 'BSN'],
  ['be_national_number', '85.07.30-033.28', 'INSZ'],
  ['be_national_number', '85073003328', 'rijksregisternummer'],
  ['pt_nif', '501964843', 'NIF'],
  ['ie_pps', '6433435F', 'PPS'],
  ['ch_ahv', '756.9217.0769.85', 'AHV'],
  ['ch_ahv', '7569217076985', 'AHV'],
  ['at_svnr', '1237 010180', 'SVNR'],
  ['gr_amka', '01013099997', 'AMKA'],
  ['gr_afm', '023456780', 'AFM'],
  ['se_personnummer', '811218-9876', 'personnummer'],
  ['se_personnummer', '198112189876', 'personnummer'],
  ['fi_hetu', '131052-308T', 'hetu'],
  ['no_fodselsnummer', '15108695088', 'fnr'],
  ['pl_pesel', '44051401359', 'PESEL'],
  ['pl_nip', '8567346215', 'NIP'],
  ['cz_rodne_cislo', '710319/2745', 'rodne cislo'],
  ['ro_cnp', '1630615123457', 'CNP'],
  ['bg_egn', '7523169263', 'EGN'],
  ['yu_jmbg', '0101006500006', 'JMBG'],
  ['hr_oib', '33392005961', 'OIB'],
  ['ee_isikukood', '36805280109', 'isikukood'],
  ['si_tax_id', '50223054', 'davcna'],
  ['tr_kimlik', '17291716060', 'TC kimlik no'],
  ['ru_snils', '112-233-445 95', 'SNILS'],
  ['ru_inn', '500100732259', 'INN'],
  ['ua_rnokpp', '1759013776', 'RNOKPP'],
  ['br_cpf', '390.533.447-05', 'CPF'],
  ['br_cpf', '39053344705', 'CPF'],
  ['br_cnpj', '16.727.230/0001-97', 'CNPJ'],
  ['ca_sin', '123-456-782', 'SIN'],
  ['mx_curp', 'BOXW310820HNERXN09', 'CURP'],
  ['cl_rut', '12.531.909-2', 'RUT'],
  ['ar_cuit', '20-05536168-2', 'CUIT'],
  ['uy_cedula', '1.234.567-2', 'cedula'],
  ['ec_cedula', '1714307103', 'cedula'],
  ['us_aba_routing', '111000025', 'routing number'],
  ['imei', '356938035643809', 'IMEI'],
  ['in_aadhaar', '2341 2341 2346', 'Aadhaar'],
  ['in_aadhaar', '234123412346', 'Aadhaar'],
  ['cn_resident_id', '11010519491231002X', 'id'],
  ['kr_brn', '116-82-00276', 'BRN'],
  ['sg_nric', 'S1234567D', 'number'],
  ['hk_hkid', 'A123456(3)', 'HKID'],
  ['tw_id', 'A123456789', 'Taiwan id'],
  ['jp_my_number', '123456789018', 'my number (kojin bango)'],
  ['th_id', '1-2345-45678-78-1', 'Thai id'],
  ['il_id', '039337423', 'teudat zehut'],
  ['za_id', '7503305044089', 'SA identity number'],
  ['au_tfn', '123 456 782', 'TFN'],
  ['au_abn', '83 914 571 673', 'ABN'],
  ['nz_ird', '49-091-850', 'IRD'],
]

/** Of these only the form is checked, or another digit than the last. */
const unchecked: readonly [detector: string, number: string, word: string][] = [
  ['au_medicare', '2123 45670 1', 'Medicare'],
  ['gb_nino', 'AB123456C', 'NINO'],
  ['gb_nino', 'AB 12 34 56 C', 'NINO'],
  ['gb_driver_license', 'MORGA753116SM9IJ', 'driving licence'],
  ['dk_cpr', '211062-5629', 'CPR'],
  ['lv_personas_kods', '161175-19997', 'personas kods'],
  ['in_pan', 'ACUPA7085R', 'PAN'],
  ['in_gstin', '27AAPFU0939F1ZV', 'GSTIN'],
  ['my_mykad', '770305-02-1234', 'MyKad'],
  ['id_nik', '3171011708450001', 'NIK'],
  ['pk_cnic', '34201-0891231-8', 'CNIC'],
  ['us_mbi', '2QW4-RT5-YK91', 'MBI'],
  ['mx_rfc', 'GODE561231GR8', 'RFC'],
  ['ng_nin', '12345678901', 'NIN'],
]

describe('numbers beside the word that names them', () => {
  it.each([...examples, ...unchecked])('%s %s is found behind %s', (detector, number, word) => {
    for (const text of [`${word}: ${number}`, `{"${word}":"${number}"}`, `${number} (${word})`]) {
      const found = find(text)
      expect(found).toHaveLength(1)
      expect(found[0]).toMatch(new RegExp(`^${detector}/(?:likely|certain):`))
      expect(found[0]).toContain(`:${number}`)
    }
  })

  it.each(examples)('%s %s with another check digit is not found', (detector, number, word) => {
    const last = [...number].findLastIndex((letter) => /[0-9A-Z]/.test(letter))
    const other = /\d/.test(number[last]!) ? (Number(number[last]) + 1) % 10 : 'Q'
    const wrong = number.slice(0, last) + String(other) + number.slice(last + 1)
    const found = find(`${word}: ${wrong}`, { levelMin: 'certain' })
    expect(found.filter((finding) => finding.startsWith(`${detector}/`))).toEqual([])
  })

  it.each([...examples, ...unchecked])(
    '%s %s is not found within a longer word',
    (_, number, word) => {
      for (const text of [
        `${word}: x${number}`,
        `${word}: ${number}x`,
        `${word}: 7${number}`,
        `${word}: ${number}7`,
      ]) {
        expect(find(text).filter((finding) => finding.endsWith(`:${number}`))).toEqual([])
      }
    },
  )
})

describe('numbers alone', () => {
  it.each([
    ['12345678Z', 'es_nif/likely'],
    ['RSSMRA80A01H501U', 'it_codice_fiscale/certain'],
    ['85.07.30-033.28', 'be_national_number/certain'],
    ['390.533.447-05', 'br_cpf/certain'],
    ['131052-308T', 'fi_hetu/certain'],
    ['11010519491231002X', 'cn_resident_id/certain'],
    ['2341 2341 2346', 'in_aadhaar/likely'],
    ['AB123456C', 'gb_nino/likely'],
  ])('%s is found for its form', (number, found) => {
    expect(find(number)).toEqual([`${found}:${number}`])
  })

  it.each(['111222333', '9434765919', '39053344705', '44051401359', '17291716060', '86095742719'])(
    '%s, which one number in ten or a hundred is like, is not',
    (number) => {
      expect(find(number)).toEqual([])
      expect(find(`id: ${number}`)).toEqual([])
    },
  )

  it('are found by the name of the column', () => {
    expect(find('111222333', { names: ['client', 'bsn'] })).toEqual(['nl_bsn/certain:111222333'])
  })

  it.each([
    '2024-01-31 10:11:12.131',
    '1700000000 1700000000123',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '9e107d9d372bb6826bd81d3542a419d6 3e4bf879',
    '978-3-16-148410-0',
    '4111 1111 1111 1111',
    'v12.345.678-9 1.2.3',
    '00000000000 111111111 99999999999',
    '10.20.30.40 192.168.1.1',
    'cbaca3167c DACAE2662B',
    'row 2341 2341 2346 12',
    'COVID19 ABC1234 KB5034441',
    'uid=234123412346 pid=39053344705',
    '{"pk":"32161175199","run":"12531909-2"}',
    'provider 1700000006, business 1168200276',
  ])('%j holds none', (text) => {
    expect(find(text)).toEqual([])
  })
})
