/** Words that say that a number is a telephone's. Letters beyond ASCII end a word: `teléfono` is known by `tel`. */
import { nearWords } from '../near.ts'

/** Make seven digits in a row a number. */
export const phoneWords = nearWords(`
  phone phones telephone telephones phonenumber phoneno homephone workphone tel tele telefon telefono telefone telefoon
  telefonnummer telefonu telefonnr telefoonnummer telef telnr telno tlf tfno rufnummer fono puhelin telepon
  mobile mobiles mobil mobilephone mobilenumber mobileno mobiltelefon mobilnummer mobiel movil celular celulare cellulare
  cell cellphone cellular handy handynummer gsm komorka kom komorkowy cep cepno ponsel hp
  fax telefax faxno faxnumber faks whatsapp msisdn landline festnetz voicemail pager beeper
`)

const calling = `
  call calls calling dial reach ring texted sms answering answer hotline helpline helpdesk desk office appeler appelez joindre
  anrufen anruf ligar llamar llame chiamare bel bellen
`

/** Make ten digits in a row that can be a number of North America one: orders, lines of files and contacts have numbers too. */
export const callingWords = nearWords(calling)

/** Make a number that is written in groups a telephone's. */
export const callWords = nearWords(`${calling} contact contacts number home work direct`)

/** Behind a number: `555 0132 (fax)`. */
export const kindWords = nearWords('phone tel mobile cell fax office home work desk mobil handy')
