"""Languages whose papers can be read for terms, and their function words.

English has rules for classes of words (`jobs/text/word_classes.py`). The others have a list of
function words alone: a phrase is what stands between two of them, up to four words, and what of
that is a term is told by how papers use it (`jobs/terms/vocabulary.py`). Papers in further
languages give no terms: without function words known, these would be the terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.text.noun_phrases import Phrase, Spelling
from jobs.text.stop_words import words
from jobs.text.word_classes import Class

ENGLISH = "en"
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[^\w\s]")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|dell|nell|all|sull|un|gl|dall)['’](?=\w)", re.IGNORECASE)
_LONGEST = 4

STOPS = {
    "de": words(
        """
ab aber alle allem allen aller alles als also am an andere anderen anderer auch auf aus außerdem
bei beim beiden bereits bis bzw da dabei dadurch daher damit dann daran darauf daraus das dass
davon dazu dem den denen denn der deren des dessen die dies diese diesem diesen dieser dieses doch
dort durch eben ein eine einem einen einer eines er erst es etwa für gegen haben hat hatte hier hin
hinaus hingegen ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins insbesondere ist ja
jede jedem jeden jeder jedes jedoch jene kann kein keine keinen können konnte lassen lässt mehr
mehrere mit möglich muss müssen nach neben nicht noch nur nun ob oder ohne schon sehr sein seine
seinem seinen seiner seit sich sie sind so sobald sodass solche solchen soll sollen sollte somit
sondern sowie sowohl stellen stellt über um und uns unser unsere unserem unseren unserer unter viel
viele vom von vor während war waren was weil welche welchem welchen welcher welches wenn werden wie
wir wird wo wobei wurde wurden zeigen zeigt zu zum zur zwar zwischen zwei
"""
    ),
    "fr": words(
        """
a afin ai ainsi alors après au aucun aucune aussi autre autres aux avant avec avoir avons ayant
bien car ce ceci cela celle celles celui ces cet cette ceux chaque chez comme comment cependant
dans de depuis des deux dont donc du elle elles en encore entre est et été étaient était être eu
eux fait font grâce il ils je jusque la le les leur leurs lors lorsque lui mais même mêmes mettre
moins mon ne ni non nos notamment notre nous ont ou où par parce parmi pas peu peut peuvent plus
plusieurs pour pourquoi présente présentons proposons puis quand que quel quelle quelles quels qui
quoi sa sans se selon sera ses si son sont sous sur ta tandis tel telle telles tels toujours tous
tout toute toutes très un une vers via vos votre vous y à
"""
    ),
    "es": words(
        """
a además al algo algunas algunos ambos ante aquel aquella aquellos así aunque bajo bien cada como
con contra cual cuales cuando cuyo da de debe del desde después dicha dicho donde dos durante e el
ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estas este esto estos
fue fueron ha han hasta hay hemos la las le les lo los más me mediante mediante menos mi mientras
muy nada ni no nos nosotros nuestra nuestras nuestro nuestros o otra otras otro otros para pero
poco por porque presenta presentamos proponemos pueda puede pueden pues que qué quien se sea según
ser si sí siendo sin sino sobre son su sus también tan tanto tal tales tanto tiene tienen todas
todo todos tras un una unas uno unos y ya
"""
    ),
    "it": words(
        """
a ad ai al alcune alcuni alla alle allo anche ancora attraverso avere c che chi ci come con contro
cosa così cui da dai dal dalla dalle dallo degli dei del della delle dello di dopo dove due e è ed
egli erano era essere essi fra gli grazie ha hanno ho i il in inoltre io la le lei lo loro lui ma
mentre mi molto ne nei negli nel nella nelle nello noi non nostra nostre nostri nostro o ogni
oppure per perché però più poi possono può presenta presentiamo prima proponiamo qual quale quali
quando quanto quelli quello quella questa queste questi questo se sei senza si sia sono stata stati
stato su sua sue sui sul sulla sulle sullo suo suoi tale tali tra tutti tutto un una uno verso vi
"""
    ),
    "pt": words(
        """
a à além ainda algumas alguns ao aos apenas após aquela aquele as às assim até através cada com
como contra da das de dela dele deles depois desde dessa desse desta deste do dos e é ela elas ele
eles em embora enquanto entre era eram essa essas esse esses esta está estão estas este estes eu
foi foram há isso isto já lhe mais mas me mesmo muito na nas nem no nos nossa nossas nosso nossos
não o os ou onde outra outras outro outros para pela pelas pelo pelos pode podem por porque
propomos quais qual quando que quem são se seja sem sendo ser seu seus sobre sua suas também tal
tem têm toda todas todo todos tão um uma umas uns
"""
    ),
    "nl": words(
        """
aan achter al alle alleen als ander andere bij binnen daar daarom dan dat de deze die dit doch doen
door dus echter een eerst elk elke en er ge geen haar had hebben heeft hem het hier hij hoe hun
iets ik in is ja je kan kunnen maar meer men met mijn moet moeten na naar niet niets nog nu of om
omdat ondanks ons onze ook op over te tegen tijdens toch toe tot tussen uit van veel verder via
volgens voor vooral waar waarbij waarin wanneer want waren was wat we welke werd werden wie wij
wordt worden zal ze zelf zich zij zijn zo zoals zonder zou zowel zullen
"""
    ),
}


def is_read(language: str | None) -> bool:
    """Whether papers of a language give terms; those of an unknown one are read as English."""
    return language is None or language == ENGLISH or language in STOPS


def phrases_between(text: str, language: str) -> Iterator[Phrase]:
    """What stands between function words, signs and numbers, up to four words, in lower case.

    Args:
        language: one of STOPS.
    """
    # The article of "l'eau" goes, in as many characters as it has.
    plain = _ELISION.sub(lambda match: " " * len(match[0]), text)
    run: list[re.Match[str]] = []
    for token in [*_TOKEN.finditer(plain), None]:
        word = token[0].lower() if token else ""
        if token and any(map(str.isalpha, word)) and word not in STOPS[language]:
            run.append(token)
            continue
        if 0 < len(run) <= _LONGEST:
            number = len(run)
            yield Phrase(
                tuple(one[0].lower() for one in run),
                (Class.NOUN,) * number,
                tuple(one.start() for one in run),
                (Spelling.PLAIN,) * number,
            )
        run = []
