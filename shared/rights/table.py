"""The table of rights (domain rules §8): role × relation to the thing × what may be done.

What does not stand here is denied. A relation says how the holder's grant must lie to the thing:

ANYWHERE     whatever the thing
STATION      the grant's station is the thing's, or the main station above it
UNIT         the grant's unit handles it
ORGAN        the grant's organ gives it out
OWN          the grant's division is the thing's own
SUBTREE      the thing lies in the grant's division or below
LINE         the thing is a county's form and the grant's division one of its lines
RECEIVER     the grant's division is the one that receives it
SUPERVISED   the person leads its supervision and is in office there, or stands in for who is
PROPOSED     the person raised it
INVITED      the person was asked to come to it, or came
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.contracts.codes import Role


class Action(StrEnum):
    """Action of an endpoint or a page; each declares at least one.

    `thing.read` makes a thing visible: anyone without it gets 404, as if it did not exist.
    """

    PUBLIC = "public"
    """Needs no right: health, figures of operation, contracts, signing in and out."""

    ITEM_READ = "item.read"
    ITEM_SUBMIT = "item.submit"
    ITEM_RESUBMIT = "item.resubmit"
    ITEM_COSIGN = "item.cosign"
    ITEM_SUPPLEMENT = "item.supplement"
    ITEM_PROTECT = "item.protect"
    ITEM_WITHDRAW = "item.withdraw"
    ITEM_ACCEPT = "item.accept"
    ITEM_RETURN = "item.return"
    ITEM_REJECT = "item.reject"
    ITEM_TRANSFER = "item.transfer"
    ITEM_MERGE = "item.merge"
    ITEM_RATE = "item.rate"
    ITEM_CALL_BACK = "item.call_back"
    """Record what a proposer said on the phone, and check what a colleague recorded."""
    ITEM_TELL = "item.tell"
    """Record that a proposer was told the reply."""
    LINK_GIVE = "link.give"
    """Give a proposer the link to their item, or end one."""
    POSTER_READ = "poster.read"
    RAISED_READ = "raised.read"
    """See what one raised oneself and what came of it: the pages of a deputy."""
    ITEM_ERASE = "item.erase"
    """Answer for a deletion of texts and contacts; done at the command line only."""
    SOURCE_READ = "source.read"
    """See who raised an item: masked, and whole for a reason that is logged."""
    ACCESS_LOG_READ = "access_log.read"
    """Read the access log of a division."""
    ACTIVITY_READ = "activity.read"
    ACTIVITY_HOLD = "activity.hold"
    """Plan an activity, say whether it was held and who came, or take that back."""
    ACTIVITY_ANSWER = "activity.answer"
    """Say whether one comes to an activity that one was asked to."""

    STATION_KEY_MANAGE = "station_key.manage"
    """See the keys of stations, enrol and revoke them."""

    ASSIGNMENT_READ = "assignment.read"
    ASSIGNMENT_DISPATCH = "assignment.dispatch"
    ASSIGNMENT_ESCALATE = "assignment.escalate"
    ASSIGNMENT_DECIDE = "assignment.decide_objection"
    ASSIGNMENT_REHOME = "assignment.rehome"
    DIRECTORY_READ = "directory.read"
    """See the places: divisions, organs, units, stations, matters."""
    DIRECTORY_EDIT = "directory.edit"
    PEOPLE_READ = "people.read"
    """See who holds what, and what changed."""
    ACCOUNT_MANAGE = "account.manage"
    """See how people sign in and did, and let them or not."""

    DUTY_READ = "duty.read"
    """See the lists of what is due; everyone sees their own duties, which may be none."""
    CASE_READ = "case.read"
    CASE_SIGN = "case.sign"
    CASE_OBJECT = "case.object"
    CASE_CONTACT = "case.contact"
    CASE_OPINE = "case.opine"
    CASE_DRAFT = "case.draft"
    CASE_SIGN_OFF = "case.sign_off"
    CASE_FULFIL = "case.fulfil"
    CASE_SUPERVISE = "case.supervise"

    REPORT_READ = "report.read"
    REPORT_OPEN = "report.open"
    """See what stands behind a number."""
    REPORT_CHECK = "report.check"
    REPORT_CONFIRM = "report.confirm"
    REPORT_SUBMIT = "report.submit"
    REPORT_SUBMIT_INCOMPLETE = "report.submit_incomplete"
    """Submit although something is under repair; the form notes it."""
    REPORT_RECEIVE = "report.receive"
    REPORT_RETURN = "report.return"

    LETTER_READ = "letter.read"
    LETTER_RELEASE = "letter.release"
    LETTER_DISCARD = "letter.discard"
    """Ask for a discard, confirm somebody else's, or keep the letter after all."""


class Relation(StrEnum):
    """How a grant lies to a thing."""

    ANYWHERE = "anywhere"
    STATION = "station"
    UNIT = "unit"
    ORGAN = "organ"
    OWN = "own"
    SUBTREE = "subtree"
    LINE = "line"
    RECEIVER = "receiver"
    SUPERVISED = "supervised"
    PROPOSED = "proposed"
    INVITED = "invited"


A = Action
Rights = Mapping[Relation, frozenset[A]]


_WORKS = frozenset({A.DUTY_READ, A.DIRECTORY_READ})
"""What every officer may do wherever they are."""


def _may(**by_relation: frozenset[A]) -> Rights:
    """Write one role's rights; everyone at work also has those of an officer."""
    rights = {Relation(name): actions for name, actions in by_relation.items()}
    rights[Relation.ANYWHERE] = _WORKS
    rights[Relation.SUBTREE] = rights.get(Relation.SUBTREE, frozenset()) | {A.PEOPLE_READ}
    return MappingProxyType(rights)


_OF_STATION = frozenset(
    {A.ITEM_READ, A.ITEM_SUBMIT, A.ITEM_COSIGN, A.ITEM_RESUBMIT, A.ITEM_SUPPLEMENT,
     A.ITEM_PROTECT, A.ITEM_WITHDRAW, A.ITEM_CALL_BACK, A.ITEM_TELL, A.LINK_GIVE, A.POSTER_READ,
     A.ACTIVITY_READ, A.ACTIVITY_HOLD, A.SOURCE_READ, A.CASE_READ}
)  # fmt: skip
OF_PROPOSER = frozenset(
    {A.RAISED_READ, A.ITEM_RESUBMIT, A.ITEM_SUPPLEMENT, A.ITEM_PROTECT, A.ITEM_WITHDRAW,
     A.ITEM_RATE}
)  # fmt: skip
"""What a proposer does to their own item: by the secret of their link, or as a deputy."""
_HEADS = frozenset({A.ITEM_ACCEPT, A.ITEM_RETURN, A.ITEM_REJECT, A.ITEM_TRANSFER, A.ITEM_MERGE})
_OF_ORGAN = frozenset({A.CASE_READ, A.CASE_SUPERVISE})
_HOLDING = frozenset({A.ACTIVITY_READ, A.ACTIVITY_HOLD})
_GIVING_OUT = frozenset(
    {A.ASSIGNMENT_READ, A.ASSIGNMENT_DISPATCH, A.ASSIGNMENT_ESCALATE, A.ASSIGNMENT_DECIDE,
     A.ASSIGNMENT_REHOME}
)  # fmt: skip
_OF_UNIT = frozenset({A.CASE_READ, A.CASE_CONTACT, A.CASE_OPINE, A.SOURCE_READ})
_FORM = frozenset({A.REPORT_READ})
_FIGURES = _FORM | {A.REPORT_OPEN}
_HEAD_OF_COMMITTEE = frozenset({A.REPORT_CONFIRM, A.REPORT_SUBMIT, A.REPORT_SUBMIT_INCOMPLETE})

RIGHTS: Mapping[Role, Rights] = MappingProxyType(
    {
        # At the station they are attached to, in their own name only; and of what they raised.
        "deputy": MappingProxyType(
            {
                Relation.ANYWHERE: _WORKS,
                Relation.STATION: frozenset({A.ACTIVITY_READ, A.ITEM_SUBMIT, A.ITEM_COSIGN}),
                Relation.PROPOSED: OF_PROPOSER,
                Relation.INVITED: frozenset({A.ACTIVITY_READ, A.ACTIVITY_ANSWER}),
            }
        ),
        # A station's own key stands for its staff.
        "station_staff": _may(station=_OF_STATION),
        "station_head": _may(station=_OF_STATION | _HEADS),
        "dispatcher": _may(
            organ=_OF_ORGAN | _GIVING_OUT | _HOLDING,
            subtree=_FIGURES | {A.CASE_READ, A.SOURCE_READ},
            line=_FORM,
        ),
        "committee_head": _may(
            organ=_OF_ORGAN | _HOLDING,
            own=_HEAD_OF_COMMITTEE,
            subtree=_FIGURES | {A.CASE_READ, A.SOURCE_READ, A.ACCESS_LOG_READ, A.ITEM_ERASE},
            line=_FORM,
        ),
        "liaison": _may(
            own=frozenset({A.REPORT_CHECK, A.REPORT_SUBMIT}),
            subtree=_FIGURES | {A.CASE_READ},
            line=_FORM,
        ),
        "city_office": _may(
            receiver=frozenset({A.REPORT_RECEIVE, A.REPORT_RETURN}),
            subtree=_FIGURES | {A.POSTER_READ},
        ),
        "research_office": _may(subtree=_FORM),
        "clerk": _may(unit=_OF_UNIT | {A.CASE_SIGN, A.CASE_DRAFT}),
        "unit_head": _may(unit=_OF_UNIT | {A.CASE_OBJECT, A.CASE_SIGN_OFF, A.CASE_FULFIL}),
        "leader": _may(
            organ=_OF_ORGAN, supervised=_OF_ORGAN, subtree=_FIGURES | {A.CASE_READ, A.SOURCE_READ}
        ),
        "admin": _may(
            subtree=frozenset(
                {A.DIRECTORY_EDIT, A.ACCOUNT_MANAGE, A.STATION_KEY_MANAGE, A.ACCESS_LOG_READ}
            )
        ),
        "ops": MappingProxyType(
            {
                Relation.ANYWHERE: frozenset(
                    {A.DUTY_READ, A.LETTER_READ, A.LETTER_RELEASE, A.LETTER_DISCARD}
                )
            }
        ),
    }
)
PLACELESS = frozenset(role for role, rights in RIGHTS.items() if rights[Relation.ANYWHERE] - _WORKS)
"""The roles that act everywhere, in whatever place they are held."""
