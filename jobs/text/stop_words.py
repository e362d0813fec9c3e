"""Words that name nothing: English function words, and what every abstract says.

They only help: what else is said everywhere goes by document frequency.
"""


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


FUNCTION_WORDS = words(
    """
a about above across after again against all almost along already also although always am among an
and another any anyone anything are around as at away back be became because become becomes been
before behind being below besides between beyond both but by can cannot could despite did do does
doing done down due during e.g each either else elsewhere enough especially etc even ever every
everything except few fewer first for former from further furthermore had has have having he hence
her here hers herself him himself hitherto his how however i i.e if in indeed instead into is it
its itself just last latter least less let like likely made mainly make makes making many may
maybe me meanwhile might more moreover most mostly much must my namely near nearly neither never
nevertheless next no nor not nothing now of off often on once one only onto or other others
otherwise our ours ourselves out over own per perhaps quite rather really s same second see seem
seems several shall she should since so some something sometimes somewhat soon still such than
that the their theirs them themselves then there thereby therefore these they this those though
three through throughout thus till to together too toward towards two under unless unlike until up
upon us used uses using usually versus very via was way we well were what when where whereas
whereby whether which while who whole whom whose why will with within without would yet you your
"""
)

EMPTY_MODIFIERS = words(
    """
additional available best better certain conventional corresponding current different existing
extensive following general given good great important interesting key main major new novel
particular possible present presented previous primary prior promising proposed recent related
relevant resulting similar specific state-of-the-art typical usual various
"""
)
"""Modifiers that a term does not begin with: without them it names the same thing."""

VAGUE_MODIFIERS = EMPTY_MODIFIERS | words(
    """
broad challenging complex comprehensive considerable consistent diverse effective efficient
experimental further great high higher human-like in-depth large limited low lower multiple overall
practical real-world reliable remarkable rich robust significant simple single state-of-the-art
strong substantial superior thorough unified unprecedented vast wide
"""
)
"""Modifiers that praise or measure: before an empty noun they name nothing ("efficient method")."""

EMPTY_NOUNS = words(
    """
ability abstract account accuracy address addition advantage aim aims amount analysis application
applications approach approaches area article aspect aspects attempt author authors basis behavior
case cases challenge challenges code comparison concept conclusion condition conditions
consequence context contribution contributions degree development difference differences effect
effectiveness effects efficiency efforts end evaluation evidence example examples experiment
experiments extension fact factors features field finding findings focus form framework future
goal goals hand help idea ideas implementation importance improvement improvements improving
increase information insight insights interest introduction investigation issue issues kind lack
level levels literature method methods model models need needs notion number numbers order paper
papers part parts performance perspective point points position possibility potential practice
presence problem problems procedure process processes proof properties property proposal question
questions range reason reasons relation report research researchers respect result results review
role scale section sense set sets situation size solution solutions step steps strategy structure
studies study submission submissions success support survey system systems task tasks team teams
technique techniques term terms test tests thing things time times today tool tools topic total type
types understanding use user users value values variety version view ways work works years
"""
)
"""Nouns that are no term alone: every field has them. Within longer terms they stand."""
