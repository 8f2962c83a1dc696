/**
 * Given names that are frequent in several countries and rare as words of anything else: enough to tell a column of persons
 * from one of products, not to find persons in text. From column-vote.ts. Chosen by hand.
 */
import { plainLetters, wordList } from './split-name.ts'

const givenNames =
  wordList(`aaron abdul abigail adam adrian adriana agnes agnieszka ahmed aisha alan albert alberto alejandra alejandro aleksandra alessandro alex alexander alexandra alexandre alexis alfonso alfred alfredo ali alice alicia alina alison allison alyssa amanda amber amelia amelie
  amina amir amit amy ana anastasia anders andre andrea andreas andreea andrei andrej andres andrew andrzej angela angelica angelina anil anita anja anjali ann anna anne annette annie anthony antoine anton antonia antonio anusha april arjun arnaud arthur arturo astrid aurelie
  barbara bart beata beatrice beatriz ben benjamin bernard bernd beth betty beverly bjorn bob bogdan boris bradley brandon brenda brian bridget bruce bruno bryan camila camille carl carla carlo carlos carmen carol carolina caroline carolyn catherine cathy cecile cecilia charles charlotte chen cheryl chloe
  chris christian christina christine christoph christophe christopher cindy claire clara claudia claudio clement colin connor corinne craig cristian cristina crystal curtis cynthia dale damien daniel daniela danielle danny dario darren dave david dawn deborah debra deepak denis denise dennis derek
  diana diane diego dieter dimitri dmitri dmitry dominic dominik dominique donald donna doris dorothy doug douglas dylan eddie edith eduardo edward edwin eileen ekaterina elaine eleanor elena elisa elisabeth elizabeth ella ellen elsa emilia emilie emily emma emmanuel enrico enrique eric erica erik erika erin
  ernest esteban esther ethan eugene eva evan evelyn fabian fabio fatima federico felipe felix fernanda fernando filip fiona florian frances francesca francesco francis francisco franck francois frank franz fred frederic frederik fredrik friedrich gabriel gabriela gabriele gary gemma george georges gerald gerard gerardo
  gerhard gilbert gina giovanni giulia giuseppe gloria gordon graham greg gregory greta guillaume guillermo gustav gustavo guy hannah hans harald harold harry hassan heather hector heidi heike heinz helen helena helene helga henri henrik henry herbert hugo ian ibrahim igor ines ingrid irene irina iris isabel isabella isabelle
  ivan ivana jack jackie jacob jacqueline jacques jaime jakob jakub james jamie jan jane janet janice jason javier jean jeanne jeff jeffrey jennifer jenny jeremy jerome jerry jesse jessica jesus jill jim jimmy joan joana joanna joanne joao jochen joe joel johan johanna john johnny jon jonas jonathan jordi jorge jose josef joseph
  joshua joyce juan juana judith judy julia julian juliana julie julien juliette jurgen justin justyna kai karen karin karina karl karla karol karolina katarina katarzyna kate katharina katherine kathleen kathryn kathy katie katrin kayla keith kelly ken kenneth kerstin kevin khalid kim kimberly klaus kristen kristin kristina kumar
  kurt kyle lars larry laura lauren laurent lea leah lena leo leon leonard leonardo leonie leslie lewis liam lillian lina linda lindsay lisa liz lorenzo lori lorraine louis louise luc luca lucas lucia lucie lucy luigi luis luisa lukas luke lydia lynn maciej madison magdalena malgorzata manfred manuel manuela mara marc marcel marcela
  marcelo marcin marco marcos marcus margaret margarita maria mariana marianne marie marilyn marina mario marion marjorie mark marko markus marlene marta martha martin martina mary mateo mateusz mathias mathieu mathilde matt matteo matthew matthias maureen maurice max maxime megan mehmet melanie melissa mercedes michael michal michel
  michele michelle miguel mike mikhail milan mildred miriam mohamed mohammad mohammed monica monika monique muhammad mustafa nadia nadine nancy naomi natalia natalie natasha nathalie nathan neha neil nicholas nick nicola nicolas nicole niels nikita nikolai nils nina noah noel nora norma norman oleg olga oliver olivia olivier omar oscar
  oskar otto pablo paige pamela paola paolo pascal patricia patrick paul paula pauline paulo pavel pedro peggy penelope per peter petra philip philipp philippe phillip phyllis pierre pietro piotr pooja priya rachel rafael rahul raj rajesh ralf ralph ramon randy raquel raul ravi raymond rebecca regina renate rene ricardo
  richard rick rita robert roberta roberto robin rodrigo roger roland rolf roman ronald rosa rosemary roy ruben rudolf russell ruth ryan sabine sabrina sally salvatore sam samantha samuel sandra sandrine sanjay santiago sara sarah sascha scott sean sebastian serge sergei sergey sergio shannon sharon shawn sheila shirley silvia simon
  simona simone sofia sonia sophia sophie soren stacy stan stefan stefania stefano steffen stella stephan stephane stephanie stephen steve steven stuart sue sunil susan susanne suzanne svetlana sven sylvia sylvie tamara tanja tanya tara tatiana ted teresa terry theodore theresa therese thierry thomas tiffany tim timothy tina tobias
  todd tom tomas tomasz tommy toni tony tracy travis tyler ulrich ulrike ursula uwe valentina valerie vanessa vasily vera veronica veronique vicki victor victoria vijay vincent vincenzo virginia vivian vladimir walter wanda warren wayne wei wendy werner wilhelm willem william wojciech wolfgang xavier yan yana yasmin yolanda yosef
  youssef yuki yuri yusuf yves yvonne zachary zoe zofia zuzana joao luis sofie mette kirsten lotte pieter joost sanne femke maarten hiroshi takashi kenji yoko akiko haruto minjun jisoo fatma ayse emre zeynep`)

const words = /\p{L}+/gu
const wordsMax = 12

/** Whether one of the words of `text` is a given name. */
export function hasGivenName(text: string): boolean {
  let seen = 0
  for (const [word] of plainLetters(text).matchAll(words)) {
    if (givenNames.has(word)) return true
    if (++seen >= wordsMax) return false
  }
  return false
}
