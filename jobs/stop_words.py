"""Words at which no term begins or ends: English function words, and what every abstract says."""

_FUNCTION = """
a about above across after again against all almost along already also although always am among an
and another any anyone anything are around as at away back be became because become becomes been
before behind being below besides between beyond both but by can cannot could despite did do does
doing done down due during each either else enough especially etc even ever every everything
except few fewer first for former from further furthermore had has have having he hence her here
hers him his how however i if in indeed instead into is it its itself just last latter least less
let like likely made mainly make makes making many may maybe me meanwhile might more moreover most
mostly much must my namely near nearly neither never nevertheless next no nor not nothing now of off
often on once one only onto or other others otherwise our ours out over own per perhaps quite
rather really s same second see seem seems several shall she should since so some something
sometimes somewhat soon still such than that the their theirs them then there thereby therefore
these they this those though three through throughout thus till to together too toward towards two
under unless unlike until up upon us use used uses using usually very via was way we well were what
when where whereas whether which while who whole whom whose why will with within without would yet
you your
"""
_ABSTRACTS = """
abstract achieve achieved achieves achieving across address addressed addresses addressing aim aims
allow allowing allows analyze analyzed available based best better address code code-base
compared compare comparing comparable consider considered considers contribute contribution
contributions current demonstrate demonstrated demonstrates demonstrating describe described
describes develop developed different effective effectively effectiveness efficiently employ
enable enables enabling evaluate evaluated existing experiment experimental experiments extensive
find finding findings focus focuses follow following general give given gives good great help helps
high higher highly identify importance important improve improved improvement improvements improves
improving include includes including increase increased increasing introduce introduced introduces
introducing investigate key known large larger lead leading leads leverage leverages leveraging
limited low lower main major method methods new novel number obtain obtained obtains offer offers
outperform outperforming outperforms paper papers particular particularly perform performed performs
possible potential present presented presents prior promising propose proposed proposes proposing
prove provide provided provides providing publicly range recent recently reduce reduces reducing
related release released remain remains report reported require required requires result results
reveal reveals show showed showing shown shows significant significantly similar simple simply
small specific specifically state state-of-the-art strong study studies substantial substantially
suggest suggests superior task-specific term terms today total towards traditional understand
various wide widely work works years
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
STOP_WORDS = FUNCTION_WORDS | frozenset(_ABSTRACTS.split())
