"""What a play leaves on the screen: the city's form, what happened, and whether both agree."""

from rich.console import Console
from rich.table import Table

from deploy.simulator.city import Json
from deploy.simulator.plan import Plan
from deploy.simulator.play import Outcome
from deploy.simulator.tally import COMPARED, Tally

HEADS = ("活动次数", "代表人次", "收集件数", "解决件数", "上报市级", "典型案例")
COLUMNS = ("C1", "C2", "C3", "C4", "C5", "C6")
STANDINGS = {"waiting": "待接收", "returned": "已退回", "missing": "未报"}


def print_outcome(console: Console, plan: Plan, outcome: Outcome) -> None:
    """Print everything a play came to."""
    console.print(_form(outcome.form))
    console.print(_happened(outcome.tally))
    console.print(_agreement(outcome))
    for one in outcome.differences:
        console.print(f"[red]{one.filer} {one.column}: played {one.played}, form {one.printed}")
    console.print(f"{plan.first} - {plan.last}, seed {plan.seed}, figures {outcome.figures_sha256}")


def _form(form: Json) -> Table:
    """Lay out the city's form: this period, and all periods together behind it."""
    title = f"{form['name']} {form['period_start']} - {form['period_end']}  本期 (累计)"
    table = Table(title=title)
    table.add_column("填报单位")
    for column, head in zip(COLUMNS, HEADS, strict=True):
        table.add_column(f"{column} {head}", justify="right")
    for row in form["rows"]:
        standing = STANDINGS.get(row["status"])
        cells = [_cell(row["figures"][column]) for column in COLUMNS]
        table.add_row(row["name"], *([standing] * len(COLUMNS) if standing else cells))
    table.add_section()
    total = f"合计 ({form['received']}/{sum(row['name'] != '市本级' for row in form['rows'])})"
    table.add_row(total, *(_cell(form["total"][column]) for column in COLUMNS))
    return table


def _cell(cell: Json | None) -> str:
    return f"{cell['printed']} ({cell['cumulative']})" if cell else "–"


def _happened(tally: Tally) -> Table:
    table = Table(title="What happened")
    table.add_column("")
    table.add_column("n", justify="right")
    table.add_column("of items", justify="right")
    items = tally.happened["submitted"]
    for what, n in sorted((tally.happened | {"late": len(tally.late)}).items()):
        share = f"{n / items:.1%}" if items and not what.startswith("reports") else ""
        table.add_row(what, str(n), share)
    return table


def _agreement(outcome: Outcome) -> Table:
    table = Table(title="Since the first period")
    table.add_column("")
    for column, head in zip(COMPARED, HEADS, strict=False):
        table.add_column(f"{column} {head}", justify="right")
    differing = {one.column for one in outcome.differences}
    table.add_row("played", *(str(outcome.tally.total(column)) for column in COMPARED))
    table.add_row("forms", *("≠" if column in differing else "=" for column in COMPARED))
    return table
