/**
 * Words of which names of columns are made, in the languages of the databases that we know. Without accents, lower case; a
 * phrase stands at the end of a name (`customer email` is an email, `email verified` is none). From split-name.ts and
 * classify-name.ts. Sources: schemas of Sakila, Chinook, Northwind, AdventureWorks, Odoo, Magento, WordPress, Rails' devise,
 * schema.org, HL7 FHIR, ISO 20022, and the headers of public CSV files.
 */
import type { BuiltInEntity } from '../ruleset.ts'

type Phrases = Partial<Readonly<Record<BuiltInEntity, string>>>

/** Say by themselves what the column is. */
export const strongPhrases: Phrases = {
  EMAIL: `email, e mail, mail, email address, mail address, email addr, mail addr, email adress, email id, e mail id, mail id, correo, correo electronico, courriel, adresse email,
    adresse mail, adresse electronique, direccion email, direccion correo, email adresse, mail adresse, mailadresse, epost, e post, eposta, e posta, posta elettronica,
    indirizzo email, endereco email, sahkoposti, почта, электронная почта, емейл, 邮箱, 电子邮件, 电子邮箱, メール, メールアドレス, 이메일`,
  PHONE: `phone, phones, telephone, telephones, mobile, mobile phone, cell phone, cellphone, cellular, fax, tel, msisdn, telefon, telefono, telefone, telefoon, telefonnummer, rufnummer, festnetz, festnetznummer, durchwahl, mobilnr, telefonnr, handynr, faxnummer, telefax, fernruf,     telefoonnummer, handynummer, mobilnummer, mobiltelefon, mobil, movil, celular, numero portable, gsm, puhelin, puhelinnumero, whatsapp, whatsapp number, fono, cellulare,
    tlf, telnr, telno, telnum, mob, phone number, fax number, contact number, contact no, contact phone, mobile number, cell number, landline, handset number, hp no, ph no, ph, phn, phone nbr, tel portable, tel mobile, tel fixe, telephone portable, telephone mobile, telephone fixe, tel number, dialed number,
    caller number, called number, caller id, calling number, phonenum, телефон, номер телефона, мобильный, 电话, 手机, 手机号, 手机号码, 电话号码, 電話, 電話番号, 전화번호, 휴대폰`,
  PERSON: `first name, last name, middle name, given name, family name, maiden name, full name, real name, legal name, birth name, sur name, fore name, surname, forename,
    firstname, lastname, fullname, first nm, last nm, middle nm, full nm, f name, l name, fname, lname, mname, nombres, apellido, apellidos, primer nombre, segundo nombre, primer apellido, segundo apellido, nombre completo, nombre apellido,
    prenom, prenoms, nom famille, nom prenom, nom complet, nom jeune fille, nom usage, nom naissance, vorname, vornamen, nachname, nachnamen, familienname, zuname, geburtsname, cognome, nome completo,
    nome cognome, sobrenome, primeiro nome, ultimo nome, voornaam, achternaam, tussenvoegsel, fornavn, etternavn, efternavn, fornamn, efternamn, imie, nazwisko, imie nazwisko, etunimi,
    sukunimi, prijmeni, soyad, soyadi, ad soyad, nama lengkap, nama depan, nama belakang, имя, фамилия, отчество, фио, 姓名, 名字, 氏名, 名前, 이름, 성명,
    first and last name, cardholder, card holder, cardholder name, card holder name, name on card, account holder, account holder name, next kin, composer, author, author name, lyricist,
    songwriter, director name, actor name, mother maiden name, mothers maiden name, mothers maiden, mother maiden, maiden, mother name, father name, spouse, spouse name, emergency contact, emergency contact name, beneficiary name,
    recipient name, sender name, addressee, payee name, payer name, signatory, signatory name, attention name, customer full name, patronymic, middle initial name`,
  ADDRESS: `address, addresses, adress, addr, street, street address, street name, street number, house number, address line, addr line, address street, full address, home address, mailing address,
    postal address, billing address, shipping address, delivery address, residential address, permanent address, residence address, direccion, domicilio, calle, adresse, adresse ligne,
    adresse postale, rue, strasse, str hausnummer, strasse hausnummer, hausnummer, anschrift, wohnadresse, lieferadresse, rechnungsadresse, indirizzo, indirizzo residenza, endereco, logradouro, rua,
    adres, straat, straatnaam, huisnummer, gatuadress, domicilio fiscal, hausnr, strasse nr, gateadresse, vejnavn, ulica, adresa, katuosoite, osoite, alamat, адрес, улица, 地址, 住所, 주소, po box, pobox`,
  DATE_OF_BIRTH: `dob, d o b, date birth, birth date, birthdate, birthday, birth day, birth dt, bday, bdate, birth, born, born on, born at, day birth, birth timestamp, geburtsdatum, geburtstag, geb datum, gebdatum, fecha nacimiento,
    fecha nac, nacimiento, date naissance, naissance, data nascita, data nascimento, nascimento, geboortedatum, fodelsedatum, fodselsdato, fodselsdag, data urodzenia, syntymaaika, datum narozeni,
    dogum tarihi, tanggal lahir, дата рождения, 出生日期, 生日, 生年月日, 생년월일`,
  CREDIT_CARD: `card number, card no, card num, card nbr, cardnumber, credit card, creditcard, debit card, payment card, cc number, cc num, cc no, ccnumber, ccnum, ccno, card pan, primary account number, kreditkarte,
    kreditkartennummer, kartennummer, tarjeta credito, numero tarjeta, carte bancaire, numero carte, carte credit, cartao credito, numero cartao, carta credito, creditcardnumber, 信用卡, 信用卡号, クレジットカード`,
  US_SSN: `ssn, social security, social security number, social security no, social security num, soc sec, soc sec number, socialsecurity, socsec, ss number, ssn number, social insurance`,
  US_ITIN: `itin, individual taxpayer identification`,
  IBAN: `iban, iban code, bank iban, international bank account, international bank account number`,
  NATIONAL_ID: `national id, national id number, national id no, national identity number, personal id number, numero secu, secu, nationalid, national identity, national identification, national insurance, national insurance number, national number, identity number, identity card, identity document, identification number,
    identification no, id card, idcard, citizen id, citizenship number, personal id, personal identification, personal identity number, personal code, nino, ni number, nhs, nhs number, dni, nie, nif, dni nie, cedula, curp,
    cpf, rut, aadhaar, aadhar, aadhaar number, pan card, pesel, bsn, burgerservicenummer, rijksregisternummer, insz, niss, personnummer, personnumber, fodselsnummer, cpr nummer, cpr number, hetu, henkilotunnus, codice fiscale,
    numero securite sociale, securite sociale, numero insee, steuer id, steueridnr, steuer identifikationsnummer, steueridentifikationsnummer, personalausweis, personalausweisnummer, ausweisnummer, sozialversicherungsnummer, svnr, ahv,
    ahv number, ahv nummer, rodne cislo, isikukood, asmens kodas, jmbg, oib, egn, emso, nric, mykad, hkid, my number, resident registration, rrn, tc kimlik, tckn, tckimlik, kimlik, tfn, tax file number, medicare number, social insurance number, sin number,
    ktp, documento identidad, numero documento, documento identita, 身份证, 身份证号, 身份证号码, マイナンバー, 주민등록번호, снилс, инн`,
  US_PASSPORT: `passport, passport number, passport no, passport num, passport id, pasaporte, numero pasaporte, passeport, numero passeport, reisepass, reisepassnummer, passnummer, passaporto, passaporte, paspoort, paspoortnummer, паспорт, 护照, 护照号`,
  US_DRIVER_LICENSE: `driver license, drivers license, driver licence, drivers licence, driving licence, driving license, driver license number, dl number, dl no, driverlicense, driverslicense, license driver, licencia conducir,
    permis conduire, fuhrerschein, fuehrerschein, fuhrerscheinnummer, rijbewijs, patente guida, carteira motorista, cnh`,
  IP_ADDRESS: `ip, ips, ip address, ip addr, ipaddr, ipaddress, ipv 4, ipv 6, ip v 4, ip v 6, client ip, remote ip, remote addr, remote address, client addr, peer addr, src ip, dst ip, src addr, dst addr, source ip, destination ip, host ip, server ip, user ip, x forwarded for, forwarded for, direccion ip, adresse ip`,
  MAC_ADDRESS: `mac address, mac addr, macaddr, macaddress, hwaddr, hw addr, hardware address, bssid, ethernet address, wifi mac, wlan mac, device mac, adresse mac`,
  CRYPTO: `wallet address, btc address, bitcoin address, eth address, ethereum address, crypto address, crypto wallet, btc wallet, bitcoin wallet, payout address, deposit address, withdrawal address`,
  PASSWORD: `password, passwd, passwords, pwd, pswd, passphrase, pass phrase, pass word, passcode, password hash, passwordhash, password digest, password encrypted, password plain, pass hash, pwd hash, passwd hash, hashed password, encrypted password, crypted password, user pass,
    db pass, passwort, kennwort, passworthash, contrasena, contrasenia, clave acceso, mot passe, motdepasse, mdp, senha, wachtwoord, losenord, haslo, salasana, parola, sifre, kata sandi, пароль, 密码, パスワード, 비밀번호, security answer, secret answer, password salt`,
  API_KEY: `api key, apikey, api keys, api secret, api token, apitoken, secret key, secretkey, secret access key, access token, accesstoken, refresh token, refreshtoken, auth token, authtoken, authentication token, authorization token, bearer token, bearer, id token, session token, oauth token,
    oauth secret, client secret, clientsecret, consumer secret, app secret, webhook secret, shared secret, signing secret, signing key, encryption key, master key, secret, secrets, secret token, reset token, reset password token, password reset token, confirmation token, remember token,
    remember me token, activation token, verification token, unlock token, invitation token, login token, device token, push token, personal access token, deploy token, private token, otp secret, totp secret, mfa secret, two factor secret, recovery codes, backup codes, sas token, connection string, authorization header`,
  JWT: `jwt, jwt token, json web token`,
  PRIVATE_KEY: `private key, privatekey, priv key, ssh key private, private pem, rsa key, pgp private key`,
}

/** May be so: the values decide. */
export const weakPhrases: Phrases = {
  EMAIL: `from address, to address, reply to, cc address, bcc, recipient address, sender address`,
  PHONE: `cell, handy, portable, contact, contacts, contact info, numero, sms, pager, extension phone`,
  PERSON: `nombre, nm, nom, nome, naam, navn, namn, imya, name, names, display name, nick name, nickname, preferred name, known as, artist name, contact, person, owner, manager, supervisor, writer, editor, director, actor, photographer, holder, coach, referee, translator, illustrator, signer, assignee,
    attendee, passenger, guest, patient, customer, client, employee, recipient, sender, payee, payer, beneficiary, witness, guardian, physician, doctor, nurse, teacher, student, driver, sales rep, salesperson, requester, applicant, reviewer, initials, middle initial, mi, first, last, given, family, jmeno, ad, nama, ime`,
  ADDRESS: `residence, house no, apartment, suite, flat, location, address text, delivery point, place residence, via, gata, vej`,
  DATE_OF_BIRTH: `birth year, year birth, yob, birth month`,
  CREDIT_CARD: `card, cc, pan, tarjeta, karte, cartao`,
  US_SSN: `ss, ss no, social`,
  US_ITIN: `tin, taxpayer id, tax id, tax identification, tax number`,
  NATIONAL_ID: `id number, idnumber, document number, doc number, id no, sin, rfc, nir, cnp, tax id, tin, vat id, personal number, personal no, government id, govt id, gov id, identification, documento, identifier personal, registration number`,
  US_PASSPORT: `travel document, travel document number`,
  US_DRIVER_LICENSE: `drivers, license, licence, license number, licence number, license no, dl`,
  IBAN: `account number, bank account, bank account number, account no, acct no, account iban, konto, kontonummer, cuenta, cuenta bancaria, rekeningnummer`,
  IP_ADDRESS: `source address, destination address, peer, peer address, remote host, client host, host, origin`,
  MAC_ADDRESS: `mac, device address, station`,
  CRYPTO: `wallet, btc, eth, xmr, ltc, payout wallet, recipient wallet`,
  PASSWORD: `pass, pin, pin code, credential, credentials, cvv, cvc, cvv 2, security code, clave`,
  API_KEY: `token, tokens, license key, access key, auth, authorization, session key, csrf token`,
}

/** End as others do, and are none: the longest phrase counts. */
export const otherPhrases = `user name, login name, screen name, file name, company name, place birth, country birth, city birth, state birth, lugar nacimiento, pais nacimiento, lieu naissance, pays naissance, luogo nascita,
  web address, url address, site address, memory address, contract address, token address, network address, bind address, listen address, base address, start address, end address, register address, i 2 c address, bus address, multicast address,
  gift card, gift card number, sim card number, library card, library card number, business card, loyalty card, loyalty card number, member card number, report card, graphics card, score card, network card, sound card, memory card,
  public key, primary key, foreign key, sort key, partition key, cache key, object key, routing key, sort key, unique key, idempotency key, natural key, surrogate key, business key, ssh key, page token, next page token, continuation token, head phone, mega phone,
  snail mail, junk mail, e mail type, room mobile, app mobile, bank card type, secret name, street type, direct mail, voice mail, user type name, address name, phone name, card name, token name, key name, password name`

/** Alone they are halves of a name where the other is beside them, or what only persons have. */
export const partWords = `first last given family middle`

/** Written alone, of anything. */
export const nameWords = `name names nm nombre nom nome naam navn namn nama jmeno nazwa`

/** Beside them too. */
export const personalWords = `gender sex sexo sexe geschlecht genero age edad alter salary marital nationality bday`

/** Of tables, behind what they hold: `customer_data`. */
export const relationEndings = `data list table info information details detail master record records export exports import dump backup old new sample samples test tmp temp copy raw v view profile profiles account accounts history archive main all full csv tbl dim stg public staging base entity entities contact contacts`

/** Whose `name` is a person's, and in whose table `name` is one. Singular; an `s`, `n` or `en` is taken off. */
export const personNouns = `customer cust client consumer employee emp empl staff person people persons personnel patient contact member student pupil teacher tutor professor lecturer doctor physician nurse practitioner clinician
  driver passenger guest owner applicant candidate actor actress author buyer seller shopper subscriber donor lead supervisor spouse partner child guardian borrower cardholder holder insured
  beneficiary visitor attendee participant player voter witness suspect victim individual citizen resident instructor user human applicant manager worker colleague coach athlete
  rider assistant attendant reviewer recipient sender payee payer requester approver assignee caller traveler traveller investor advisor salesperson referrer tenant kunde kunden mitarbeiter patienten schuler cliente clientes empleado empleados persona personas
  paciente usuario usuarios utilisateur utilisateurs personne personnes salarie employe eleve klant klanten medewerker medewerkers funcionario utente dipendente
  pessoa pessoas cidadao anställd ansatt medarbejder pracownik klient pacjent osoba musteri calisan pelanggan karyawan pasien siswa mother father parent emergency signatory lawyer attorney judge officer soldier adult minor`

/** Beside these a bare `name` is a person's: as `entity` of strong phrases. */
export const personalSiblings: readonly BuiltInEntity[] = [
  'US_SSN',
  'DATE_OF_BIRTH',
  'NATIONAL_ID',
  'US_PASSPORT',
  'US_DRIVER_LICENSE',
]

/** Behind what it says a name may go on with these: `phone number`, `address line 2`, `email primary`. */
export const neutralEndings = `number no num nr nbr numero nummer nummern value values val text txt str string raw plain line lines full primary secondary main alt alternate alternative other old new current
  previous prev home work mobile office business personal private day evening night billing shipping delivery mailing postal cliente clientes usuario empleado principal fijo casa trabajo empresa
  one two three a b c x y final original input string field col column decrypted cleartext clear formatted normalized list array`

/** Behind a person they tell of a number of hers: `employee number`. */
export const numberEndings = `number no num nr nbr numero nummer nummern`

/** Connectives. */
export const stopWords = `of de del du des der do da di della dei the la le el los las and e y et und`

/** At the beginning: the column says something about it. */
export const questionWords = `is has have can should must num count total allow allows show hide require requires use uses enable enabled n send verify nb min max avg sum`

/** Further words that may be a part of a name written in one: `customerid`. */
export const otherWords = `id ids type kind code status count date time flag verified valid confirmed domain country city state region zip postcode postal prefix suffix title label group role level
  company business organization organisation vendor supplier product item file host server database table schema column domain page site web url uri path event class brand model category tag project team department
  order invoice payment account user login nick screen created updated modified deleted last first next year month format length size hash expiry expires expiration issuer emergency work home office billing shipping`

/** In whose table a name is never a person's, whatever stands beside it. */
export const thingNouns = `film films movie movies track tracks album albums genre genres product products item items category categories country countries city cities region regions role roles file files language languages
  currency currencies brand brands company companies organization organizations vendor vendors supplier suppliers department departments project projects team teams event events store stores shop shops warehouse warehouses
  playlist playlists tag tags type types status statuses permission permissions setting settings config configs hotel hotels course courses book books article articles service services server servers host hosts device devices
  table tables schema schemas database databases campaign campaigns plan plans feature features property properties school schools hospital hospitals airline airlines airport airports station stations drug drugs disease diseases gene genes species`
