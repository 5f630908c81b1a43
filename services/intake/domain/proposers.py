"""The proposers of an item: who they are, their contacts, and what of them stays secret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from services.intake.domain.commands import NamedProposer, Submit
from services.intake.domain.contact import Contact, SealedContact
from services.intake.domain.enterprises import enterprise_id
from shared.contracts.codes import ProposerKind, SourceKind
from shared.contracts.envelope import Key
from shared.contracts.intake import ItemProposer
from shared.contracts.router import DirectoryPerson
from shared.directory.snapshot import Directory
from shared.errors import Invalid
from shared.ids import Id, derived_id
from shared.messaging.subject import Row
from shared.text import _


class ProposerRow(Row):
    """One who raised an item, at a `place` from 1 on.

    `person_id` is the person who raised it or, of an enterprise, the deputy through whom it came.
    `sealed` are the present contact and those that it replaced, which the text may still name.
    """

    key: Key
    place: int
    proposer_id: Key
    kind: ProposerKind
    enterprise_id: Key | None = None
    enterprise_code: str | None = None
    person_id: Key | None = None
    sealed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposer:
    """A proposer with the contacts of its row, and the registered name of its enterprise.

    The names leave no text of a confidential item, the phones no text at all.
    """

    row: ProposerRow
    contacts: tuple[SealedContact, ...] = ()
    firm: str = field(default="", repr=False)

    @property
    def hides_unnamed(self) -> bool:
        """Whether it is, or may be, an enterprise of no registered name that could be masked."""
        is_firm = self.row.enterprise_id is not None or self.row.kind in ("enterprise", "scan")
        return is_firm and not self.firm

    @property
    def contact(self) -> Contact | None:
        """The present contact; None if there is none or its key is lost."""
        return self.contacts[0].opened if self.contacts else None

    def with_contact(self, given: SealedContact) -> "Proposer":
        """Return it with this contact before the earlier ones; itself if that is the present."""
        if self.contacts and self.contact == given.opened:
            return self
        earlier = (one for one in self.contacts if one.opened != given.opened)
        return self._with((given, *earlier))

    def erased(self) -> "Proposer":
        """Return it with nothing but opaque references."""
        done = self._with(())
        return replace(done, row=done.row.model_copy(update={"enterprise_code": None}), firm="")

    def _with(self, contacts: tuple[SealedContact, ...]) -> "Proposer":
        sealed = tuple(one.sealed for one in contacts)
        row = self.row.model_copy(update={"sealed": sealed})
        return replace(self, row=row, contacts=contacts)


def kind_by_source(source: SourceKind, person: Id | None, directory: Directory) -> ProposerKind:
    """Tell what the first proposer is by how the item came."""
    if source == "deputy" and person is not None:
        return _capacity(person, directory) or source
    return source


def kind_of(named: NamedProposer, directory: Directory) -> ProposerKind:
    """Tell what another proposer is; raises Invalid for a person who represents nobody."""
    return "enterprise" if named.person_id is None else capacity_of(named.person_id, directory)


def capacity_of(person_id: Id, directory: Directory) -> Literal["deputy", "street_rep"]:
    """Tell as what a person proposes; raises Invalid for one who represents nobody."""
    found = _capacity(person_id, directory)
    if found is None:
        raise Invalid(
            "no_representative",
            _("联名提出的只能是企业、人大代表或街道选民代表，没有保存。"),
            _("请核对人员编号；名录有误的，请管理员先更正。"),
            person_id=person_id.hex(),
        )
    return found


def can_propose(person: DirectoryPerson) -> bool:
    return bool(person.mandates) or person.is_street_rep


def comes_by_deputy(proposer: Proposer, directory: Directory) -> bool:
    """Whether a deputy raised it: themself, or for an enterprise that came to them."""
    row = proposer.row
    by = row.person_id
    return row.kind == "deputy" or (by is not None and _capacity(by, directory) == "deputy")


def _capacity(person_id: Id, directory: Directory) -> Literal["deputy", "street_rep"] | None:
    person = directory.person(person_id)
    if person is None:
        return None
    if person.mandates:
        return "deputy"
    return "street_rep" if person.is_street_rep else None


def new_proposer(
    key: Id, place: int, kind: ProposerKind, named: NamedProposer, sealed: str = "", firm: str = ""
) -> Proposer:
    """Build a proposer; `sealed` is the ciphertext of the contact named."""
    code, contact = named.enterprise_code, named.contact
    contacts = (SealedContact(sealed, contact),) if contact else ()
    row = ProposerRow(
        key=key,
        place=place,
        proposer_id=proposer_id(key, place),
        kind=kind,
        enterprise_id=enterprise_id(code) if code else None,
        enterprise_code=code,
        person_id=named.person_id,
        sealed=tuple(one.sealed for one in contacts),
    )
    return Proposer(row, contacts, firm)


def proposers_of(command: Submit, directory: Directory) -> tuple[Proposer, ...]:
    """Build the rows of a submission; raises Invalid (`no_representative`, `proposer_twice`).

    The first one is what the item's source says, the others what they are named as.
    """
    first, *others = command.body.named
    kinds = [
        kind_by_source(command.body.source_kind, first.person_id, directory),
        *(kind_of(one, directory) for one in others),
    ]
    made = tuple(
        new_proposer(command.key, place, kind, named, sealed, command.firm(named))
        for place, (kind, named, sealed) in enumerate(
            zip(kinds, command.body.named, command.sealed, strict=True), start=1
        )
    )
    require_no_one_twice(made)
    return made


def proposer_id(key: Id, place: int) -> Id:
    return derived_id(key, "proposer", str(place))


def require_no_one_twice(proposers: Sequence[Proposer]) -> None:
    """Refuse an enterprise or a person that is named twice."""
    firms = [one.row.enterprise_id for one in proposers if one.row.enterprise_id]
    people = [one.row.person_id for one in proposers if one.row.person_id]
    if len({*firms}) < len(firms) or len({*people}) < len(people):
        raise Invalid(
            "proposer_twice",
            _("同一个提出人写了两次，没有保存。"),
            _("请每个企业、每位代表只写一次。"),
        )


def references(proposers: Iterable[Proposer], *, confidential: bool) -> tuple[ItemProposer, ...]:
    """The proposers as events name them: of a confidential item only how many, and their kinds."""
    named = {"enterprise_id", "person_id"} if not confidential else set[str]()
    kept = {"proposer_id", "kind", *named}
    return tuple(ItemProposer(**one.row.model_dump(include=kept)) for one in proposers)
