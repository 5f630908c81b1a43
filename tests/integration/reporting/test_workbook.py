"""The official form as a file: the annex word for word, opened by other programs, on A4."""

import asyncio
import os
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.reporting.domain.workbook import MIME
from tests.support.paper import A4_LANDSCAPE, paper
from tests.support.reporting.counting import (
    CITY,
    COUNTY,
    OTHER_TOWN,
    accepted,
    attended,
    escalated,
    held,
)
from tests.support.reporting.running import END, RunningReporting

TITLE = "三级人大万名代表助力“稳企助企、稳进提质”活动情况汇总表"
HEADS = [
    "辖区内各级人大开展有关视察、调研、座谈、联系群众活动次数",
    "辖区内各级人大代表参与活动人次",
    "收集意见建议数量(件)",
    "解决问题数量(件)",
    "上报市级处理研究的意见建议数量(件)",
    "典型案例(可另行文本发送)",
]
NOTES = [
    "备注：1. 各设县（市、区）人大负责统计汇总所辖乡镇（街道）情况；",
    "2. 汇总表和典型案例需要于每月20日前发送至市人大办公室。",
]


@pytest.fixture
async def counted(reporting: RunningReporting) -> RunningReporting:
    """A service with something in most columns of Luqiao."""
    await reporting.hear(accepted("2022-09-01"), escalated("2022-09-02"))
    await reporting.hear(accepted("2022-09-03", OTHER_TOWN), key=bytes(16))
    await reporting.hear(held("2022-09-04"), attended("2022-09-04"), key=bytes([1]) * 16)
    return reporting


async def exported(reporting: RunningReporting, who: str) -> bytes:
    answer = await reporting.get(who, "/v1/forms.xlsx?period_end=2022-09-20")
    assert answer.headers["content-type"] == MIME
    assert "2022-09-20.xlsx" in answer.headers["content-disposition"]
    return answer.content


def values(page: Worksheet, row: int) -> list[Any]:
    """Read the cells of a row that hold something."""
    return [cell.value for cell in page[row] if cell.value not in (None, "")]


async def test_the_form_is_the_annex_word_for_word(counted: RunningReporting) -> None:
    page = load_workbook(BytesIO(await exported(counted, "liaison")))["汇总表"]
    assert values(page, 1) == [TITLE]
    assert values(page, 2) == ["填报单位：路桥区", "填报人：", "填报日期："]
    assert values(page, 3) == HEADS
    assert values(page, 4) == [1, 1, 2, 0, 1, 0]
    assert [values(page, 5), values(page, 6)] == [[NOTES[0]], [NOTES[1]]]
    assert values(page, 7) == ["草稿：还没有报送，数字会变。"]
    assert page.max_column == len(HEADS)


async def test_the_second_page_shows_the_rows_the_form_sums(counted: RunningReporting) -> None:
    page = load_workbook(BytesIO(await exported(counted, "liaison")))["各单位"]
    assert [row[0].value for row in page.iter_rows(min_row=3)] == [
        "金清镇",
        "新桥镇",
        "区本级",
        "合计",
    ]
    assert values(page, 3) == ["金清镇", 0, 0, 0, 0, 1, 1, 0, 0, "–", "–", 0, 0]
    assert values(page, 5)[9:11] == [1, 1]
    assert values(page, 6)[5:7] == [2, 2]


async def test_the_citys_form_says_whose_figures_it_lacks(counted: RunningReporting) -> None:
    book = load_workbook(BytesIO(await exported(counted, "office")))
    assert values(book["汇总表"], 2)[:2] == ["填报单位：台州市", "填报人："]
    assert values(book["汇总表"], 7) == ["合计含已接收的0个县（市、区），共2个。"]
    assert values(book["各单位"], 3)[:5] == ["路桥区", "未报", "–", "未报", "–"]
    page = (await counted.page("office", "/?period_end=2022-09-20")).text
    row = re.search(r">路桥区</a>.*?</tr>", page, re.DOTALL)
    assert row
    cells = re.findall(r"<(?:span|a)[^>]*>([^<]*)</(?:span|a)></td>", row[0])
    assert cells[:12] == values(book["各单位"], 3)[1:13]
    assert values(book["各单位"], 3)[-1] == "未报，不计入合计"


async def test_a_form_that_was_sent_is_the_same_file_whoever_takes_it_away_and_when(
    counted: RunningReporting,
) -> None:
    await counted.submit(COUNTY, END)
    first = await exported(counted, "liaison")
    page = load_workbook(BytesIO(first))["汇总表"]
    assert values(page, 2) == ["填报单位：路桥区", "填报人：林晓岚", "填报日期：2022年9月19日"]
    await counted.move("2022-10-03 10:00")
    assert await exported(counted, "head") == first
    with ZipFile(BytesIO(first)) as parts:
        assert b"2022-09-19T00:00:00Z" in parts.read("docProps/core.xml")
        assert {part.date_time[0] for part in parts.infolist()} == {1980}


async def test_the_citys_form_is_not_dated_before_what_is_in_its_total(
    counted: RunningReporting,
) -> None:
    await counted.submit(CITY, END)
    await counted.submit(COUNTY, END)
    await counted.move("2022-09-22 10:00")
    await counted.receive(COUNTY, END)
    page = load_workbook(BytesIO(await exported(counted, "office")))["汇总表"]
    assert values(page, 2)[2] == "填报日期：2022年9月22日"
    assert values(page, 8) == ["填报日期是市本级报送、各份计入的报表接收中最晚的一天。"]


async def test_the_form_prints_on_one_sheet_of_a4_landscape(
    counted: RunningReporting, tmp_path: Path
) -> None:
    (tmp_path / "form.xlsx").write_bytes(await exported(counted, "liaison"))
    printed = await as_pdf(tmp_path / "form.xlsx")
    assert list(paper(printed)) == [A4_LANDSCAPE, A4_LANDSCAPE]


async def as_pdf(file: Path) -> bytes:
    """Let LibreOffice print a file; without it the test is left out, in CI it fails."""
    office = shutil.which("soffice")
    if office is None:
        words = "there is no LibreOffice here (Debian: apt install libreoffice-calc-nogui)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
    profile = f"-env:UserInstallation=file://{file.parent}/profile"
    asked = [profile, "--headless", "--convert-to", "pdf", "--outdir", str(file.parent), str(file)]
    process = await asyncio.create_subprocess_exec(
        str(office), *asked, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output
    return file.with_suffix(".pdf").read_bytes()
