"""What a proposer may have deleted: words and contacts go, facts and figures stay."""

from dataclasses import replace

from services.intake.domain.commands import Erase
from services.intake.domain.events import Decision, update
from services.intake.domain.model import Item, TextRow
from services.intake.domain.refusals import DecisionContext, not_found
from shared.contracts.envelope import Tombstone
from shared.contracts.intake import ItemErased, ItemText
from shared.errors import Conflict
from shared.text import _


def erase(state: Item, act: Erase, ground: DecisionContext) -> Decision:
    """Delete what is known of the proposer; again it deletes what was written down since."""
    row, blank = state.row, TextRow(key=state.row.key)
    if not row.state:
        raise not_found()
    if row.erased_at and state.text == blank:
        return state, ()
    gone = {"enterprise_code": None, "body_digest": "", "last_digest": ""}
    done = replace(
        update(state, erased_at=ground.now, **gone), text=blank, contact="", firm="", proposer=""
    )
    origin = {"occurred_at": ground.now, "division_code": row.division_code, "actor": act.by}
    return done, (ItemErased(**origin, reason=act.reason), Tombstone(**origin, text=ItemText))


def require_kept(state: Item) -> None:
    """Refuse words of a proposer who had them deleted: an app may send again what it still has."""
    if state.row.erased_at is not None:
        raise Conflict(
            "erased",
            _("这件意见建议的内容已按规定删除，没有保存。"),
            _("请在应用中也删除这一件；如有新情况，请重新提交一件。"),
        )
