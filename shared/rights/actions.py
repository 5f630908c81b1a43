"""Every kind of act and of reading that a right is asked for, named `thing.act`."""

from enum import StrEnum


class Action(StrEnum):
    """What an endpoint or a page does; each declares at least one.

    `thing.read` is the sight of a thing: whoever may not read it is told that it is not there.
    """

    PUBLIC = "public"
    """Needs no right: health, figures of operation, contracts, signing in and out."""

    ITEM_READ = "item.read"
    ITEM_SUBMIT = "item.submit"
    ITEM_RESUBMIT = "item.resubmit"
    ITEM_ACCEPT = "item.accept"
    ITEM_RETURN = "item.return"
    ITEM_REJECT = "item.reject"
    ITEM_TRANSFER = "item.transfer"
    ITEM_MERGE = "item.merge"
    ITEM_RATE = "item.rate"
    SOURCE_READ = "source.read"
    """See who raised an item: masked, and whole for a reason that is logged."""
    LOOK_READ = "look.read"
    """See who looked at the sources of a division."""
    ACTIVITY_HOLD = "activity.hold"

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
    """Submit although something is under repair; the form says so."""
    REPORT_RECEIVE = "report.receive"
    REPORT_RETURN = "report.return"

    LETTER_READ = "letter.read"
    LETTER_RELEASE = "letter.release"
    LETTER_DISCARD = "letter.discard"
    """Ask for a discard, confirm somebody else's, or keep the letter after all."""
