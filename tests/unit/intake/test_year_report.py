"""A deputy's year can be taken along, whatever is in the texts of others."""

from io import BytesIO

from docx import Document

from services.intake.console.year_report import (
    ActivityNote,
    RaisedNote,
    YearReport,
    document,
)


def test_a_document_leaves_out_what_no_document_can_hold() -> None:
    bad = "停\1\x0b\uffff电"
    item = RaisedNote(bad, bad, None, bad, bad, bad)
    report = YearReport(2022, bad, bad, [ActivityNote(bad, bad, bad)], [item], bad, is_past=True)
    word = Document(BytesIO(document(report, bad)))
    text = "\n".join(one.text for one in word.paragraphs)
    assert text.count("停电") == 9
    assert [cell.text for cell in word.tables[0].rows[1].cells] == ["停电"] * 3
