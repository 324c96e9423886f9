"""Words that the search for names leans on. Lower case, without accents."""

from __future__ import annotations

_THINGS = """
app board care center centre contact day desk europe experience first happiness journey klantenservice nederland
online portal relations satisfaction service services success support team voice webshop winkel
"""
THINGS = frozenset(_THINGS.split())
"""What follows 'customer' or 'klant' without being a person."""

_NO_SURNAMES = """
als and at bij but daar daarom dan dat de die dit een en er for he het hoe how if in is it maar now nu of on ook op
or our she so that the then there they this u waar wat we what who wie wij with you your
"""
NO_SURNAMES = frozenset(_NO_SURNAMES.split())
"""Words that begin a sentence and are nobody's surname: 'option A. We call you.'"""

_FIRST_NAMES = """
aad abel adam adriaan agnes ahmed aisha alan albert alice alie alison amanda amy andrew angela anja anke ann anna
anneke annelies annemarie annie anouk anthony arie arjan arjen astrid barbara bart bas bastiaan ben bert betty
bianca bram brechtje brian britt carla carol carolien caroline catherine cees chantal charles charlotte chloe chris
christa christine christopher claire claudia coen colin corina corrie daan daniel danielle daphne david debbie
deborah dennis desiree diana dick dirk dorien dorothy edward edwin eline elizabeth ellen ellis elly els emily emine
emma eric erik erwin esther eva evert fatima femke ferry fiona fleur floor floris frans fred frederik freek frits
gary geert geoffrey george gerard gerben gerda gerrit gert gertjan gijs gillian graham greet guus hanna hannah
hanneke hans harm harriet harry hassan heather hein heleen helen hendrik henk henriette henry herman hilde hugo
ibrahim ilse ineke inge ingrid irene iris ivo jaap jacob jacqueline james jan jane janet janneke jantje jason jasper
jean jeanine jeannette jelle jennifer jeroen jesse jessica joan joep johan johanna john joke jolanda jonathan joost
joris jos joseph joyce judith julia jurgen jurre karel karen karin kate katherine kees keith kelly kenneth kevin kim
kirsten kitty klaas koen koos lars laura lauren laurens leon lex liam lianne lieke lies linda lisa liselotte loes
lotte louise lucas lucy luuk lydia lynn maaike maarten malcolm manon marc marcel margaret margriet maria marieke
marijke marit marja marjan marjolein mark marleen marloes martha martijn martin mary mathijs matthew megan mehmet
merel michael michelle michiel mieke miep mies milan miranda mirjam mohamed mohammed moniek monique muhammad mustafa
nadia nancy naomi natasja neil nico nicola nicole niels nienke nigel nina noor nynke olga oliver olivia omar onno
pamela patricia patrick paul peggy peter petra philip phoebe piet pieter pim rachel ramon rebecca rens renske ria
rianne richard rik rob robert robin roel roger roos roy ruben ruth ruud samantha samira samuel sander sandra sanne
sarah saskia sebastiaan sem sharon sheila simon sjaak sjoerd sofie sophie soufiane stefan stephen steven stijn
stuart susan suzanne sven sylvia teresa teun teuntje thea thijs thomas tim timothy tineke tjeerd tom tonny tony toon
tracy trees truus ursula vera victor victoria vincent walter wendy wietske wilfred willem willemijn william wilma
wim wouter xander yara youssef yusuf yvonne zeynep zoe
"""
FIRST_NAMES = frozenset(_FIRST_NAMES.split())
"""Usual first names in the Netherlands and the United Kingdom, of people of every origin."""

_WORDS_TOO = """
baker bakker bank beek bell berg best bij bill black boer bos brand brown brug carter cook day dijk drew east faith
field ford goed goud grace green groot haan haas hill hoek hof hope jong joy june kerk king klein kok koning koper
kort kramer kuiper lang lente long love mark mason may meer mei miller molen mooi mulder north page park post price
prins rich roos rose sage schipper short slager smid smit south stad star sterk stone street summer timmer visser
vos walker west white wild will winter wit wolf wood young zomer zwart
"""
WORDS_TOO = frozenset(_WORDS_TOO.split())
"""Words of every day that are somebody's name as well: a capital at the beginning of a sentence proves nothing."""
