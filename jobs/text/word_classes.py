"""What kind of word a word is, as far as its form and a list of verbs tell.

A light rule for English abstracts in the place of a trained tagger: closed classes by list, verbs
by list with their inflections made here, adjectives, adverbs and participles by ending, and all
other words as nouns, which is what new words are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from jobs.text.stop_words import FUNCTION_WORDS, words


class Class(StrEnum):
    """The class of a word by itself, as a letter; its neighbours may decide otherwise."""

    STOP = "S"  # function words and numbers: parts phrases
    VERB = "V"
    VERB_OR_NOUN = "W"
    ADVERB = "R"
    PARTICIPLE = "P"  # in -ed: a modifier or a verb
    GERUND = "G"  # in -ing: a noun, a modifier or a verb
    VERBAL_GERUND = "H"  # of a verb of the list: a verb before an object
    ADJECTIVE = "J"
    NOUN = "N"


_VERBS = """
accelerate accept accommodate accompany accomplish achieve acquire act adapt add adjust adopt
advocate affect agree aim alleviate allocate allow alter amplify analyse analyze announce answer
anticipate appear append apply argue arise arrange ask assemble assert assess assign assist assume
assure attach attain attract augment automate avoid become begin behave believe belong bind bring
broaden build calculate capture carry categorize characterize choose cite claim clarify classify
collaborate collect combine come communicate compare compensate compete compile complete comply
comprise compute concentrate conclude confirm conform confront connect consider consist
consolidate constitute constrain construct consume contain continue contribute converge convert
convey convince coordinate cope correspond create criticize decide decompose deduce deem defend
define deform degrade deliver demonstrate denote depend depict deploy derive describe destroy
detect deteriorate determine develop deviate devise diagnose differ differentiate diminish
disappear discover discuss disseminate distinguish distort distribute divide dominate draw earn
elaborate elicit eliminate elucidate embed embody emerge emphasize employ empower enable encode
encounter encourage endorse enforce enhance enlarge enrich ensure entail enter enumerate equip
establish evaluate evolve examine exceed exclude execute exemplify exist expand expect explain
explore express extend facilitate fail formalize formulate foster fulfil fulfill gather generalize
generate get give go govern grow handle happen hinder hold hope hypothesize identify ignore
illustrate imagine implement imply impose improve include incorporate incur indicate induce infer
inform inherit inhibit initiate inject insert inspect inspire instantiate integrate intend
interpret intervene introduce invent invest investigate invoke involve isolate justify keep know
learn leave leverage locate lose maintain make manage manipulate maximize meet merge minimize
mitigate modify motivate necessitate negotiate notify obey observe obtain occupy occur omit
operate optimise optimize organise organize originate outperform overcome overlook participate
perceive perform permit persist persuade pertain pose possess postulate preclude predict prefer
prepare prescribe present preserve prevent proceed prohibit promote propose protect prove provide
publish pursue put quantify react realise realize receive recognise recognize recommend reconcile
reconstruct recover reduce refer refine reflect regard regulate relate relax rely remain remove
render renew repeat replace replicate represent reproduce require resemble resolve respond
restrict resume retain retrieve reveal revise revisit rewrite satisfy say see seek seem select
send serve shed show simplify simulate solve specify speculate spend stabilize stem stimulate
strengthen strive struggle submit substitute succeed suffer suffice suggest suit summarise
summarize suppose suppress surround survive sustain synthesize tackle tailor take teach tell tend
think traverse try uncover undergo underlie undermine understand undertake unify utilise utilize
validate vary verify violate visualize weaken wish withdraw worsen write
"""
_VERBS_AND_NOUNS = """
access account address aggregate approximate associate attempt balance base benefit call cause
change complement complete compound concern conduct contrast control correlate cost cut deal
decrease design display drive ease escape estimate exchange exhibit experience exploit export
extract fall filter find fit fix flow focus force forecast form function gain guarantee guide help
highlight import increase index influence interact join judge lack launch lead lend let lie limit
link look map match mean measure monitor move multiply name need notice number offer order outline
overlap pass pay place plan play plot process produce program project purchase question raise
range rate reach read reason recall record reject release report request rest result return review
rise run sample save scale schedule score search sense separate set shape share shift signal sort
stand start state store stress study supply support switch test trade transfer transform travel
treat trigger turn update use value view want weight witness work yield
"""
_IRREGULAR = """
arose arisen became began begun bound brought built chose chosen came dealt drew drawn drove
driven fell fallen found got gotten gave given went gone goes grew grown held kept knew known led
left lent lain lying lost made met overcame paid said saw seen sought sent shown spent stood taken
took taught told thought underwent undergone underlay understood undertook undertaken withdrew
withdrawn wrote written meant rewritten rose risen laid proven
"""
_DOUBLING = words(
    "put let set cut run get begin fit plan permit stem submit infer refer prefer incur occur "
    "embed map plot program transfer"
)
_ADJECTIVES = words(
    """
new novel large small high low good better best great important simple complex different several
specific particular certain recent current previous early late full entire total major minor
common rare likely same equal unequal real true false hard difficult fast slow quick rapid strong
weak short long wide narrow deep shallow broad old young modern special further necessary
appropriate proper adequate relevant significant robust smooth rough accurate exact precise
consistent efficient inefficient optimal suboptimal worst random sparse dense finite infinite
discrete constant single double dual triple binary human private open closed explicit implicit
upper lower inner outer clear evident apparent promising challenging emerging existing underlying
corresponding following resulting remaining increasing decreasing growing ongoing upcoming missing
second third next free
"""
)
_ADJECTIVE = re.compile(
    r"(?:ous|ful|less|[ai]ble|ical|ive|ary|ial|ual|ional|eral|ntal|oral|ular|near|ic|ish|like|based"
    r"|free|oriented|driven|aided|assisted|specific|dependent|independent|aware|invariant)$"
)
_NOT_ADJECTIVES = words(
    """
additive alternative animal approval arithmetic arrival binomial boundary cable capital clinic
commentary critic derivative dictionary differential diary directive drive dynamic executive
exponential fabric glossary goal graphic heuristic hospital incentive individual initiative
integral interval itinerary journal library logic manual material mechanic metric mosaic motive
music narrative native objective panic perspective plastic polynomial potential primary
professional proposal public relative removal representative residual retrieval rhetoric salary
secondary signal statistic summary survival syllable table tactic topic traffic trial tutorial
variable vocabulary
"""
)
_NOT_ADVERBS = words(
    "family assembly anomaly ally italy july monopoly butterfly friendly early daily weekly "
    "monthly yearly likely hourly costly timely fly"
)
_NOT_PARTICIPLES = words(
    "need speed seed feed bed breed greed reed weed hundred deed creed red biomed"
)
_NOT_GERUNDS = words("ring string king spring thing wing sling ceiling evening morning")


def _inflect(verb: str) -> tuple[str, str, str, str]:
    """The base, third person, past and -ing form of a regular verb."""
    third = verb + ("es" if re.search(r"(?:s|x|z|ch|sh)$", verb) else "s")
    stem = verb + verb[-1] if verb in _DOUBLING else verb
    if re.search(r"[^aeiou]y$", verb):
        return verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    if verb.endswith("e"):
        return verb, third, verb + "d", (verb if verb.endswith("ee") else verb[:-1]) + "ing"
    return verb, third, stem + "ed", stem + "ing"


def _word_entries() -> Iterator[tuple[str, Class]]:
    """The words that a list decides; of two entries the later holds."""
    for verb in (*_VERBS.split(), *_VERBS_AND_NOUNS.split()):
        _, _, past, gerund = _inflect(verb)
        yield past, Class.PARTICIPLE
        yield gerund, Class.VERBAL_GERUND
    for word in _IRREGULAR.split():
        yield word, Class.PARTICIPLE
    for verb in _VERBS.split():
        for form in _inflect(verb)[:2]:
            yield form, Class.VERB
    for verb in _VERBS_AND_NOUNS.split():
        for form in _inflect(verb)[:2]:
            yield form, Class.VERB_OR_NOUN
    for word in _ADJECTIVES:
        yield word, Class.ADJECTIVE
    for word in FUNCTION_WORDS:
        yield word, Class.STOP


_LISTED = dict(_word_entries())


_ENDINGS = (
    (re.compile(r"ly$"), _NOT_ADVERBS, Class.ADVERB),
    (re.compile(r"^[^-]*ed$"), _NOT_PARTICIPLES, Class.PARTICIPLE),
    (re.compile(r"^[^-]*ing$"), _NOT_GERUNDS, Class.GERUND),
    (_ADJECTIVE, _NOT_ADJECTIVES, Class.ADJECTIVE),
)


_NEGATION = re.compile(r"n['’]t$")  # "don't", "isn't": verbs, and no part of a phrase


def word_class(word: str) -> Class:
    """The class of a word in lower case."""
    if word in _LISTED:
        return _LISTED[word]
    if not any(map(str.isalpha, word)) or _NEGATION.search(word):
        return Class.STOP
    for ending, exceptions, of_ending in _ENDINGS:
        if ending.search(word) and word not in exceptions:
            return of_ending
    return Class.NOUN
